"""Freshsales' JSON as our records, and our values as Freshsales'; pure."""
