"""The three tables as a spreadsheet: written, and read back without being saved.

``columns`` is what both have in common, ``writing`` makes the files, ``files`` takes one apart,
``reading`` understands it and ``laying`` lays it over what is stored. Pure: no Django, no clock.
"""
