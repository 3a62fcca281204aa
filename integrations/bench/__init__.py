"""The figures of ``make bench``. Nothing of the product imports this package."""
