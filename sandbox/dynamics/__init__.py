"""A simulated Dynamics 365 organization: Dataverse Web API, Entra ID tokens, webhooks by plug-in steps.

What is imitated and what is not is listed in COVERAGE.md.
"""

from __future__ import annotations

from sandbox._app import SandboxApp
from sandbox._settings import Settings
from sandbox.dynamics.crm import SimulatedDynamics

__all__ = ["create_app"]


def create_app(settings: Settings) -> SandboxApp:
    """Build the simulated organization and wrap it for serving."""
    return SandboxApp(SimulatedDynamics(settings), settings=settings)
