"""Every route of the published description, called at the deployed gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from local.paths import ROOT

OPEN = ("/webhooks/", "/health/", "/callback")
"""What answers without a token."""

CHANGES_NOTHING_HERE = "int_nobody"
"""Stands for the integration where the route would take it away from the tests that come later."""

TAKES_AWAY = ("delete",)


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the description.

    Attributes:
        path: with its parameters filled in.
    """

    method: str
    template: str
    path: str

    @property
    def is_open(self) -> bool:
        return any(part in self.template for part in OPEN)


def routes(named: dict[str, str]) -> Iterator[Route]:
    """Yield every operation of ``docs/openapi.json``.

    Args:
        named: what stands for each parameter; what is not named is nobody's.
    """
    described = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))
    for template, operations in described["paths"].items():
        for method in operations.keys() & {"get", "post", "patch", "put", "delete"}:
            values = {**named, **({"integration_id": CHANGES_NOTHING_HERE} if method in TAKES_AWAY else {})}
            path = "/".join(_filled(part, values) for part in template.split("/"))
            yield Route(method.upper(), template, path)


def _filled(part: str, values: dict[str, str]) -> str:
    return values.get(part[1:-1], "nobody") if part.startswith("{") else part


def is_ours(answer: httpx.Response) -> bool:
    """Tell whether a function of ours answered, and with no mistake of its own.

    A gateway without such a route, or whose function failed, says ``{"message": ...}``.
    """
    if answer.status_code >= 500 or answer.status_code in (403, 405):
        return False
    if answer.status_code < 400:
        return True
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return "message" not in _body(answer)
    return {"title", "detail", "status"} <= _body(answer).keys()


def _body(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
