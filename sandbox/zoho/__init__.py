"""A simulated Zoho CRM organisation: records, COQL, search, tags, roles, notifications, OAuth.

What is imitated and what is not is listed in COVERAGE.md.
"""

from __future__ import annotations

from sandbox._app import SandboxApp
from sandbox._settings import Settings
from sandbox.zoho.crm import SimulatedZoho

__all__ = ["create_app"]


def create_app(settings: Settings) -> SandboxApp:
    """Build the simulated organisation and wrap it for serving."""
    return SandboxApp(SimulatedZoho(settings), settings=settings)
