"""Who has used which route of the API on what: one line for each request that was signed in, refused ones too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from crmbridge.runtime.telemetry import logger

if TYPE_CHECKING:
    from crmbridge.runtime._api import Caller
    from crmbridge.runtime._routes import Route

_OURS = re.compile(r"[a-z]{2,5}_[0-9A-Z]{20,40}|[a-z_]{1,20}")
"""Ids and names of ours; a caller may send anything in their place, which is not written down."""


def accessed(route: Route, path: Mapping[str, str], *, caller: Caller, status: int) -> None:
    """Note a request.

    Args:
        path: the path's parameters.
        caller: with an empty workspace where the claims named none.
        status: of the answer.
    """
    on = {name: value for name, value in path.items() if name != "external_id" and _OURS.fullmatch(value)}
    logger().info(
        "accessed",
        extra={
            "route": f"{route.method} {route.path}",
            "workspace_id": caller.workspace_id,
            "caller": caller.name,
            "role": caller.role,
            "status": status,
            "on": on,
        },
    )
