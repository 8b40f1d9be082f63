"""The HTTP API's frame: who calls, what they sent, what they get, and what happens when they send it twice."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from crmbridge import runtime
from crmbridge.domain.integrations import Integration
from crmbridge.errors import CrmBridgeError, ForbiddenError, NotFoundError, RequestRejectedError
from crmbridge.ports.budgets import in_lane
from crmbridge.runtime._pages import paged
from crmbridge.runtime._problems import no_route, problem
from crmbridge.runtime._routes import LIMIT, Role, Route
from crmbridge.runtime._shapes import Shape, check
from crmbridge.runtime.audit import accessed
from crmbridge.runtime.doors import ROLES, public_url
from crmbridge.runtime.outcomes import outcome_of
from crmbridge.runtime.telemetry import calls, speak_of
from crmbridge.services.hub import load_integration
from crmbridge.services.replay_requests import Request, answer_once

T = TypeVar("T")

_HALVES = re.compile(r"\\u[dD][89a-fA-F]")
"""Halves of characters, which JSON can spell and no encoding can hold."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: taken from verified claims only, never from body, path or query.

    Attributes:
        name: subject of a person's token, or the machine's client id; recorded with what they decide.
    """

    workspace_id: str
    role: str
    name: str


NOBODY = Caller("", "", "")
"""A caller whose claims were not read yet, or name no workspace."""


class Api(APIGatewayHttpResolver):
    """An HTTP API of declared routes, whose errors are problem documents (RFC 9457).

    Attributes:
        declared: the route that is being answered.
    """

    declared: Route
    _caller: Caller

    def __init__(self, routes: Iterable[Route]) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType] - Powertools leaves its serializer untyped
        self.exception_handler([CrmBridgeError, Exception])(problem)
        self.not_found(no_route)  # pyright: ignore[reportUnknownMemberType] - untyped in Powertools
        for each in routes:
            self._serve(each)

    def _serve(self, route: Route) -> None:
        def answer(**path: str) -> Response[str]:
            return self._answer(route, path)

        self.route(route.rule, method=route.method)(answer)  # pyright: ignore[reportUnknownMemberType] - as above

    def _answer(self, route: Route, path: dict[str, str]) -> Response[str]:
        self._caller = NOBODY
        speak_of("")
        try:
            with in_lane("interactive"):
                response = self._answered(route, path)
        except Exception as error:
            accessed(route, path, caller=self._caller, status=outcome_of(error).status)
            raise
        finally:
            calls().tell()
        if route.role is not None:
            accessed(route, path, caller=self._caller, status=response.status_code)
        return response

    def _answered(self, route: Route, path: dict[str, str]) -> Response[str]:
        self.declared = route
        if route.role is None:
            return _response(route, *_said(route, route.do(**path)))
        self._caller = self._who(route.role)
        request = self._request() if route.replays and not route.only_reads else None
        if request is None:
            return _response(route, *_said(route, route.do(self, **path)))
        answered = answer_once(runtime.hub(), request, lambda: _said(route, route.do(self, **path)))
        replayed = {"idempotency_replayed": "true"} if answered.is_replay else {}
        return _response(route, answered.body, answered.status, **replayed)

    def caller(self) -> Caller:
        """Return the caller, who has at least the role that the route asks for."""
        return self._caller

    def _who(self, at_least: Role) -> Caller:
        claims = self.current_event.request_context.authorizer.jwt_claim or {}
        workspace_id, role = str(claims.get("workspace", "")), str(claims.get("role", "viewer"))
        if not workspace_id:
            client = runtime.hub().documents.get(f"CLIENT#{claims.get('client_id', '')}", "client")
            if client is not None:
                workspace_id, role = client.body["workspace_id"], client.body["role"]
        if not workspace_id or "#" in workspace_id:
            raise ForbiddenError("the token belongs to no workspace", next_step="ask an admin to put you into one")
        self._caller = Caller(workspace_id, role, str(claims.get("sub") or claims.get("client_id") or ""))
        speak_of(workspace_id)
        if role not in ROLES or ROLES.index(role) < ROLES.index(at_least):
            raise ForbiddenError(f"this needs the role {at_least}", next_step="ask an admin of your workspace")
        return self._caller

    def _request(self) -> Request | None:
        """Return what makes this request the same as another one; ``None`` where its sender does not say."""
        key = self.current_event.headers.get("idempotency-key")
        if key is None:
            return None
        event = self.current_event
        return Request(
            self._caller.workspace_id,
            caller=self._caller.name,
            key=key,
            content=f"{self.declared.method} {event.path}?{event.raw_query_string}\n{event.body or ''}",
        )

    def body(self) -> dict[str, Any]:
        """Return the request's JSON object, of the shape that the route declares; empty without a body.

        Raises:
            RequestRejectedError: it is not a JSON object, or a field of it is missing or wrong.
        """
        body: object = self._json() if self.current_event.body else {}
        if not isinstance(body, dict):
            raise RequestRejectedError("the body is not a JSON object", field="body", next_step="send an object")
        found = cast("dict[str, Any]", body)
        self._check(found)
        return found

    def rows(self) -> list[dict[str, Any]]:
        """Return the request's JSON list, of the shape that the route declares.

        Raises:
            RequestRejectedError: it is no JSON list, or a field of a row is missing or wrong.
        """
        body = self._json() if self.current_event.body else None
        self._check(body)
        return cast("list[dict[str, Any]]", body)

    def _check(self, body: object) -> None:
        if self.declared.body is not None:
            check(self.declared.body, body)

    def _json(self) -> object:
        try:
            return _whole(self.current_event.json_body, self.current_event.decoded_body or "")
        except (ValueError, RecursionError) as error:
            raise RequestRejectedError(
                "the body is not JSON", field="body", next_step="send a JSON object with content-type application/json"
            ) from error

    def query(self) -> dict[str, Any]:
        """Return the query's parameters that the route declares.

        Raises:
            RequestRejectedError: one of them is wrong.
        """
        given = self.current_event.query_string_parameters or {}
        found: dict[str, Any] = {}
        for name, shape in self.declared.query.items():
            if name in given:
                found[name] = _read(shape, given[name])
                check(shape, found[name], at=name)
        return found

    def page(
        self,
        items: Sequence[T],
        *,
        key: Callable[[T], str],
        show: Callable[[T], Any] = lambda each: each,
        newest_first: bool = False,
    ) -> dict[str, Any]:
        """Return the page of a sorted list that the query asks for; see ``_pages.paged``.

        Raises:
            RequestRejectedError: limit or cursor is wrong.
        """
        asked = self.query()
        limit, cursor = asked.get("limit", LIMIT), asked.get("cursor")
        return paged(items, key=key, show=show, limit=limit, cursor=cursor, newest_first=newest_first)

    def url(self) -> str:
        """Return the public URL of this deployment, as the caller used it."""
        return public_url(self.current_event.raw_event)

    def integration(self, integration_id: str, *, crm: str = "") -> Integration:
        """Return one integration of the caller's workspace.

        Raises:
            NotFoundError: the workspace has no such integration, or it is of another CRM.
        """
        integration = load_integration(runtime.hub(), self._caller.workspace_id, integration_id)
        if crm and integration.crm != crm:
            raise NotFoundError(
                f"integration {integration_id!r} is not of {crm!r}",
                field="integrationId",
                next_step=f"use /auth/{integration.crm}/…",
            )
        return integration


def _whole(said: object, text: str) -> object:
    """Return what a text of JSON says.

    Raises:
        ValueError: half of a character stands alone in it.
    """
    if _HALVES.search(text):
        json.dumps(said, ensure_ascii=False).encode()
    return said


def _read(shape: Shape, given: str) -> object:
    """Return a parameter's value; a text that is none of its type stays a text, and is refused for it."""
    if shape.get("type") == "integer":
        return int(given) if given.isascii() and given.lstrip("-").isdigit() and len(given) < 20 else given
    if shape.get("type") == "boolean":
        return {"true": True, "false": False}.get(given, given)
    return given


def _said(route: Route, said: Any) -> tuple[Any, int]:  # noqa: ANN401 - JSON, with or without a status
    return cast("tuple[Any, int]", said) if isinstance(said, tuple) else (said, route.status)


def _response(route: Route, body: object, status: int, **headers: str) -> Response[str]:
    text = "" if status == 204 else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(status, route.media, text, headers={name.replace("_", "-"): each for name, each in headers.items()})
