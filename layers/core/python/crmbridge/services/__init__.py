"""Use cases, one per file; everything they touch is passed in through ``Hub``."""
