"""A strict imitation of Pipedrive: v2 where it exists, v1 where it does not; what is imitated: ``COVERAGE.md``."""

from __future__ import annotations

from sandbox._app import SandboxApp
from sandbox._settings import Settings
from sandbox.pipedrive.crm import SimulatedPipedrive

__all__ = ["create_app"]


def create_app(settings: Settings) -> SandboxApp:
    """Build a simulated Pipedrive with a fresh company."""
    return SandboxApp(SimulatedPipedrive(settings), settings=settings)
