"""What can go wrong with the local platform, as sentences for a person."""

from __future__ import annotations


class LocalError(Exception):
    """The local platform could not do what was asked; the message says why and what to do."""
