"""The doors that vendors and browsers come to, as far as callers may know them; other functions serve them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from crmbridge.domain.declaration import Connector
from crmbridge.runtime import doors
from crmbridge.runtime._routes import Route
from crmbridge.runtime._shapes import Shape, text

_HTML: Shape = text("A page for the person.")
_WORDS: Shape = text("What the vendor wants to hear.")
_TOLD = {
    "state": text("Single use, as it was sent to the CRM."),
    "code": text("What the CRM gives for the tokens."),
    "error": text("Why there is no code."),
}


def routes(names: Iterable[str], declaration: Callable[[str], Connector]) -> tuple[Route, ...]:
    """Return the open doors of all connectors: one an app where calls are signed, one an integration elsewhere."""
    found = [
        Route(
            method="GET",
            path="/auth/{crm}/callback",
            do=doors.finish_oauth,
            name="finish_oauth",
            role=None,
            query=_TOLD,
            answer=_HTML,
            media="text/html",
            tag="connecting",
        )
    ]
    for crm in names:
        supports = declaration(crm).supports
        if supports.webhooks:
            found.append(
                Route(
                    method="POST",
                    path=f"/webhooks/{crm}" + ("" if supports.webhook_signature else "/{secret}"),
                    do=doors.receive_webhook,
                    name=f"receive_{crm}_webhook",
                    role=None,
                    answer=_WORDS,
                    also=(400, 401, 404),
                    media="text/plain",
                    tag="webhooks",
                )
            )
    return tuple(found)
