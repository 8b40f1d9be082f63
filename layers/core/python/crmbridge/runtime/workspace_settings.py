"""What the routes of a workspace's settings do."""

from __future__ import annotations

from typing import Any

from crmbridge import runtime
from crmbridge.runtime._api import Api
from crmbridge.services import workspace_settings


def get_settings(api: Api) -> dict[str, Any]:
    """Show the workspace's settings, section by section.

    Raises:
        ForbiddenError: the token belongs to no workspace.
    """
    return workspace_settings.show_settings(runtime.hub(), api.caller().workspace_id)


def change_settings(api: Api) -> dict[str, Any]:
    """Change the workspace's settings: what is not named stays, null gives back the default.

    Raises:
        RequestRejectedError: there is no such setting, or its value is wrong; nothing was changed.
        ForbiddenError: the caller is no admin.
        ConflictError: they are being changed at this moment; try again.
    """
    return workspace_settings.change_settings(runtime.hub(), api.caller().workspace_id, api.body())
