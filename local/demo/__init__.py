"""Two CRMs with messy data, kept in step for everybody to watch; ``python -m local demo``."""
