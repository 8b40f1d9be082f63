"""One path template, one method, one function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Answer, Call

Handler = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A route below ``/services/data/vXX.0``.

    Attributes:
        method: HTTP method.
        path: template below the version, in werkzeug's spelling.
        handler: called with (api, call) and the path's parameters by name.
    """

    method: str
    path: str
    handler: Handler

    def run(self, api: Api, call: Call, params: dict[str, Any]) -> Answer:
        """Answer a call."""
        return self.handler(api, call, **params)
