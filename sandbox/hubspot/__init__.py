"""Simulated HubSpot; what it imitates and where it is silent: ``COVERAGE.md``."""

from __future__ import annotations

from sandbox._app import SandboxApp
from sandbox._settings import Settings
from sandbox.hubspot.crm import SimulatedHubSpot

__all__ = ["create_app"]


def create_app(settings: Settings) -> SandboxApp:
    """Build a simulated HubSpot with a fresh account."""
    return SandboxApp(SimulatedHubSpot(settings), settings=settings)
