"""The control surface under ``/_sandbox/``: state, seeds, clock, faults, calls, tokens.

===========================  =========================================================
GET    /_sandbox/state       everything stored; ``?entity=contacts`` for one entity,
                             ``?entity=contacts&id=1&id=2`` for some of its rows: cheap
POST   /_sandbox/reset       forget records, faults, calls, tokens, settings; not the clock
POST   /_sandbox/seed        store records, or act as a person (see the CRM's COVERAGE.md)
GET    /_sandbox/clock       ``{"now", "offset_s"}``
POST   /_sandbox/clock       ``{"advance_s": 60}``
GET    /_sandbox/faults      faults asked for and how often each hit
POST   /_sandbox/faults      a list of faults (see ``_faults.py``), or one
DELETE /_sandbox/faults      forget all faults
GET    /_sandbox/calls       counts per endpoint, object and status, last calls; ``?limit=0``
DELETE /_sandbox/calls       forget the calls so far
POST   /_sandbox/tokens      ``{"action": "expire"}`` or ``"revoke"``
GET    /_sandbox/webhooks    delivery rules, counts, last attempts; ``?limit=0``
POST   /_sandbox/webhooks    change the rules (see ``_webhook_delivery.py``), ``urls``
===========================  =========================================================

A CRM adds its own in ``controls``. ``GET /_sandbox`` lists all of them. A malformed body
is answered with 400 ``{"error": ...}`` and changes nothing. The surface has no
authentication: it is served on loopback only.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from werkzeug.wrappers import Request, Response

from sandbox._calls import CallLog
from sandbox._crm import FindsRows, JsonObject, SimulatedCrm
from sandbox._faults import FaultBook

PREFIX = "/_sandbox"


def json_response(body: object, status: int = 200) -> Response:
    """Return ``body`` as compact JSON."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Response(text, status=status, content_type="application/json;charset=utf-8")


class ControlSurface:
    """Answers calls under ``/_sandbox`` for one simulated CRM."""

    def __init__(self, crm: SimulatedCrm, *, faults: FaultBook, calls: CallLog) -> None:
        """Join the CRM with the shared parts."""
        self._crm, self._faults, self._calls = crm, faults, calls
        self._routes: dict[tuple[str, str], Callable[[Request], object]] = {
            ("GET", "/state"): self._state,
            ("POST", "/reset"): self._reset,
            ("POST", "/seed"): lambda request: crm.seed(_object(request)),
            ("GET", "/clock"): lambda _: self._clock(),
            ("POST", "/clock"): self._advance,
            ("GET", "/faults"): lambda _: faults.as_json(),
            ("POST", "/faults"): self._add_faults,
            ("DELETE", "/faults"): lambda _: _done(faults.clear),
            ("GET", "/calls"): lambda request: calls.as_json(limit=_limit(request)),
            ("DELETE", "/calls"): lambda _: _done(calls.clear),
            ("POST", "/tokens"): self._tokens,
            ("GET", "/webhooks"): lambda request: crm.deliveries.as_json(limit=_limit(request)),
            ("POST", "/webhooks"): self._webhooks,
            ("GET", ""): lambda _: self._index(),
        }

    def answer(self, request: Request) -> Response:
        """Answer one control call; 404 for an unknown one, 400 for a malformed body."""
        path = request.path.rstrip("/")
        custom = self._crm.controls.get((request.method, path))
        route = self._routes.get((request.method, path.removeprefix(PREFIX)))
        try:
            if custom is not None:
                return json_response(custom(_object(request)))
            if route is not None:
                return json_response(route(request))
        except (ValueError, TypeError, KeyError) as problem:
            return json_response({"error": str(problem)}, 400)
        return json_response({"error": f"no control route {request.method} {path}"}, 404)

    def _index(self) -> JsonObject:
        shared = [f"{method} {PREFIX}{path}" for method, path in self._routes]
        return {"crm": self._crm.name, "routes": shared + [" ".join(key) for key in self._crm.controls]}

    def _state(self, request: Request) -> object:
        entity, ids = request.args.get("entity"), request.args.getlist("id")
        if entity is None:
            if ids:
                message = "name the entity of these ids: ?entity=...&id=..."
                raise ValueError(message)
            return self._crm.state()
        rows = self._crm.rows(entity, ids) if isinstance(self._crm, FindsRows) else None
        return {entity: _chosen(self._crm.state(), entity, ids) if rows is None else rows}

    def _reset(self, _request: Request) -> JsonObject:
        self._crm.deliveries.reset()
        self._crm.reset()
        self._faults.clear()
        self._calls.clear()
        return {"reset": True}

    def _clock(self) -> JsonObject:
        clock = self._crm.clock
        return {"now": clock.now().isoformat(), "offset_s": clock.offset_s}

    def _advance(self, request: Request) -> JsonObject:
        self._crm.clock.advance(float(_object(request)["advance_s"]))
        return self._clock()

    def _add_faults(self, request: Request) -> object:
        body = _body(request)
        if isinstance(body, dict):
            document = cast("JsonObject", body)
            body = document.get("faults", [document])
        self._faults.add(cast("list[object]", body))
        return self._faults.as_json()

    def _tokens(self, request: Request) -> JsonObject:
        body = _object(request)
        return self._crm.change_tokens(str(body.get("action")), body)

    def _webhooks(self, request: Request) -> JsonObject:
        body = _object(request)
        urls = body.get("urls")
        self._crm.deliveries.configure(body)
        if urls is not None:
            self._crm.set_webhook_urls(tuple(str(url) for url in urls))
        return self._crm.deliveries.as_json(limit=0)


def _done(action: Callable[[], None]) -> JsonObject:
    action()
    return {"done": True}


def _chosen(state: JsonObject, entity: str, ids: list[str]) -> object:
    if entity not in state:
        message = f"no entity {entity!r}; there are {sorted(state)}"
        raise ValueError(message)
    if not ids:
        return state[entity]
    return [row for row in cast("list[JsonObject]", state[entity]) if str(row.get("id") or row.get("Id")) in ids]


def _limit(request: Request) -> int:
    return int(request.args.get("limit", "1000"))


def _body(request: Request) -> object:
    text = request.get_data()
    if not text:
        return {}
    return cast("object", json.loads(text))


def _object(request: Request) -> JsonObject:
    body = _body(request)
    if not isinstance(body, dict):
        message = "the body must be a JSON object"
        raise ValueError(message)  # noqa: TRY004  (every malformed control body is a ValueError)
    return cast("dict[str, Any]", body)
