"""Simulated Freshsales; what it imitates and where it is silent: ``COVERAGE.md``."""

from __future__ import annotations

from sandbox._app import SandboxApp
from sandbox._settings import Settings
from sandbox.freshsales.crm import SimulatedFreshsales

__all__ = ["create_app"]


def create_app(settings: Settings) -> SandboxApp:
    """Build a simulated Freshsales with a fresh account."""
    return SandboxApp(SimulatedFreshsales(settings), settings=settings)
