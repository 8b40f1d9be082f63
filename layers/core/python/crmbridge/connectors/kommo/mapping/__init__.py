"""Kommo's JSON as our records, and our values as Kommo's; pure."""
