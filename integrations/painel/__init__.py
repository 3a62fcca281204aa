"""The figures beside what waits: sendings by the hour, how long they took, and who went silent."""
