"""Webhook subscriptions over HTTP: keyed by URL."""

from __future__ import annotations

from typing import Any, cast

from werkzeug.wrappers import Response

from sandbox.kommo.errors import choice, invalid, missing, problem, wrong_type
from sandbox.kommo.hooks import CODES, MOST
from sandbox.kommo.http.calls import ApiCall
from sandbox.kommo.http.pages import answer, listed, nothing

JsonObject = dict[str, Any]


def list_hooks(call: ApiCall) -> Response:
    """``GET /webhooks``."""
    rows = list(call.portal.hooks.hooks.values())
    wanted = call.query.values("destination")
    return listed(call, "webhooks", "webhooks", [each for each in rows if not wanted or each["destination"] in wanted])


def subscribe(call: ApiCall) -> Response:
    """``POST /webhooks``: one object, not a list."""
    body = call.row()
    url, settings = body.get("destination"), body.get("settings")
    wrong: list[JsonObject] = []
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        wrong.append(missing("destination") if url is None else wrong_type("destination", "url"))
    if not isinstance(settings, list) or not settings:
        wrong.append(missing("settings") if settings is None else wrong_type("settings", "array"))
    else:
        codes = cast("list[object]", settings)
        wrong += [choice(f"settings.{place}") for place, each in enumerate(codes) if each not in CODES]
    if wrong:
        raise invalid([("0", wrong)])
    book = call.portal.hooks
    if url not in book.hooks and len(book.hooks) >= MOST:
        raise problem(422, f"Limit {MOST} webhooks per account")
    merge = call.portal.account.options.same_url == "merge"
    now_s = call.portal.account.now_s()
    return answer(book.subscribe(str(url), cast("list[str]", settings), now_s=now_s, merge=merge), 201)


def unsubscribe(call: ApiCall) -> Response:
    """``DELETE /webhooks``: the body names the URL."""
    url = call.row().get("destination")
    if call.portal.hooks.hooks.pop(str(url), None) is None:
        raise problem(404)
    return nothing()
