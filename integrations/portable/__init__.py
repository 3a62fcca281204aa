"""A vitrine as a JSON file: ``exporting`` writes it, ``reading`` and ``importing`` take it back."""
