"""Simulated Salesflare; what it imitates and where its sources are silent: ``COVERAGE.md``."""

from __future__ import annotations

from sandbox._app import SandboxApp
from sandbox._settings import Settings
from sandbox.salesflare.crm import SimulatedSalesflare

__all__ = ["create_app"]


def create_app(settings: Settings) -> SandboxApp:
    """Build a simulated Salesflare with a fresh team."""
    return SandboxApp(SimulatedSalesflare(settings), settings=settings)
