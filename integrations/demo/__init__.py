"""The sample data of ``make run`` and the story of ``make demo``."""
