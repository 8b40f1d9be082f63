"""Simulated Kommo: one account; what it imitates and where it is silent: ``COVERAGE.md``."""

from __future__ import annotations

from sandbox._app import SandboxApp
from sandbox._settings import Settings
from sandbox.kommo.crm import SimulatedKommo

__all__ = ["create_app"]


def create_app(settings: Settings) -> SandboxApp:
    """Build a simulated Kommo with a fresh account."""
    return SandboxApp(SimulatedKommo(settings), settings=settings)
