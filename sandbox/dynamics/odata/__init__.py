"""Queries: filters, selections, pages and deltas."""
