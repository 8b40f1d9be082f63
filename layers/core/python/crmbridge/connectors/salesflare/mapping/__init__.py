"""Salesflare's JSON as our records, and our values as Salesflare's; pure."""
