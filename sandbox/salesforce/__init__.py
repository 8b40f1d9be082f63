"""A simulated Salesforce org: REST API, OAuth, outbound messages, change events.

What is imitated and what is not is listed in COVERAGE.md.
"""

from __future__ import annotations

from sandbox._app import SandboxApp
from sandbox._settings import Settings
from sandbox.salesforce.crm import SalesforceCrm

__all__ = ["create_app"]


def create_app(settings: Settings) -> SandboxApp:
    """Build the simulated org and wrap it for serving."""
    return SandboxApp(SalesforceCrm(settings), settings=settings)
