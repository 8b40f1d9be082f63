"""Meetings: slots that are really free, their states, and a calendar that shows them."""
