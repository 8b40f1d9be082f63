"""The simulated Salesforce behind the shared wrapper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, cast
from urllib.parse import quote

from werkzeug.http import http_date
from werkzeug.wrappers import Request, Response

from sandbox._calls import annotate_object, annotate_records, annotate_unchanged
from sandbox._clock import Clock
from sandbox._crm import Control
from sandbox._settings import Settings
from sandbox._webhook_delivery import WebhookDelivery
from sandbox.salesforce.actors import Actor
from sandbox.salesforce.api import Api
from sandbox.salesforce.apps import INTEGRATION_PASSWORD, REGISTERED_KEY, registered_app
from sandbox.salesforce.bulk_work import work
from sandbox.salesforce.calls import Answer, Call, refusal
from sandbox.salesforce.calls_seen import object_of, unchanged_rows
from sandbox.salesforce.control import controls
from sandbox.salesforce.deliveries import Deliveries
from sandbox.salesforce.dispatch import PREFIX, dispatch, template_of, version_of
from sandbox.salesforce.errors import SalesforceError, invalid_session
from sandbox.salesforce.fronts import bearer, front_of, front_template, json_response
from sandbox.salesforce.org import Org
from sandbox.salesforce.org_setup import furnish
from sandbox.salesforce.outbound import DEFAULT_OBJECTS
from sandbox.salesforce.people_at_work import PeopleAtWork

JsonObject = dict[str, Any]
_FAULT_CODES = {
    400: ("UNKNOWN_EXCEPTION", "Bad request"),
    401: ("INVALID_SESSION_ID", "Session expired or invalid"),
    403: ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    404: ("NOT_FOUND", "The requested resource does not exist"),
    429: ("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
    503: ("SERVER_UNAVAILABLE", "The server is currently unavailable due to maintenance or overload"),
}
_MAX_URI_BYTES = 16_384
_UNKNOWN = ("UNKNOWN_EXCEPTION", "An unexpected error occurred. Please include this ErrorId if you contact support")


class SalesforceCrm:
    """One org: its rules, its state, its doors."""

    name = "salesforce"

    def __init__(self, settings: Settings) -> None:
        """Furnish a new org."""
        self.clock = Clock(settings.real)
        self._settings = settings
        self._org = Org(self.clock)
        self.api = Api(self._org, base_url=settings.base_url)
        self.api.dispatch = lambda call: dispatch(self.api, call)
        self._out = Deliveries(self._org, clock=self.clock, settings=settings)
        self.deliveries: WebhookDelivery = self._out
        self.controls: Mapping[tuple[str, str], Control] = controls(self.api, self._out)
        self._people = PeopleAtWork(self.api)
        self.clock.on_advance(self._org.empty_recycle_bin)
        self.clock.on_advance(self._work)
        self.reset()

    def credentials(self) -> JsonObject:
        """Return what a client needs to connect; constant over resets."""
        app = registered_app()
        user = self._org.tables["User"].get(self._org.users["integration"]) or {}
        return {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "authorize_url": f"{self._settings.base_url}/services/oauth2/authorize",
            "token_url": f"{self._settings.base_url}/services/oauth2/token",
            "username": user["Username"],
            "password": INTEGRATION_PASSWORD,
            "private_key": app.private_key_pem,
            "certificate": app.certificate_pem,
            "organization_id": self._org.organization_id,
            "user_id": user["Id"],
        }

    def answer(self, request: Request) -> Response:
        """Answer a vendor call; every failure is the vendor's own error."""
        front = front_of(request.path)
        response = front(self.api, request) if front is not None else self._data_answer(request)
        response.headers["Date"] = http_date(self.clock.now())
        return response

    def _data_answer(self, request: Request) -> Response:
        answer = self._answered(request)
        response = Response(answer.data(), status=answer.status, content_type=answer.content_type)
        if not answer.data():
            del response.headers["Content-Type"]
        response.headers.update(answer.headers)
        response.headers["Sforce-Limit-Info"] = f"api-usage={self.api.usage.used}/{self.api.usage.limit}"
        if answer.records is not None:
            annotate_records(request, answer.records)
        annotate_object(request, answer.object)
        annotate_unchanged(request, answer.unchanged)
        return response

    def endpoint_of(self, request: Request) -> str:
        """Return the template of the path called."""
        found = front_template(request.path)
        return template_of(request.method, request.path) if found == "(unknown)" else found

    def error_answer(self, status: int, request: Request) -> Response:
        """Return the vendor's error for an injected status."""
        if request.path.startswith("/services/oauth2/"):
            known = {400: "invalid_grant", 401: "invalid_client"}.get(status, "server_error")
            description = "expired access/refresh token" if status == 400 else "simulated failure"
            return json_response({"error": known, "error_description": description}, status)
        code, message = _FAULT_CODES.get(status, _UNKNOWN)
        response = json_response([{"message": message, "errorCode": code}], status)
        response.headers["Sforce-Limit-Info"] = f"api-usage={self.api.usage.used}/{self.api.usage.limit}"
        return response

    def state(self) -> JsonObject:
        """Return every row by object, deleted ones included."""
        self._work()
        return {name: list(table) for name, table in self._org.tables.items()}

    def rows(self, entity: str, ids: Sequence[str]) -> list[JsonObject] | None:
        """Return rows of an object, deleted ones included, some by 18-character id or all."""
        self._work()
        table = self._org.tables.get(entity)
        if table is None:
            return None
        return [row for each in ids if (row := table.get(each))] if ids else list(table)

    def reset(self) -> None:
        """Forget records, tokens and settings made since the start."""
        self._org.clear()
        furnish(self._org)
        self.api.clear()
        self._out.events.clear()
        self.set_webhook_urls(self._settings.webhook_urls)

    def seed(self, body: JsonObject) -> JsonObject:
        """Store records, or act as a person; see COVERAGE.md for the body.

        Raises:
            ValueError: the body is not what is described there; nothing was stored.
        """
        unknown = set(body) - {"custom_fields", "records", "actions", "as", "fire"}
        if unknown:
            message = f"unknown keys in seed: {sorted(unknown)}"
            raise ValueError(message)
        made: list[str] = []
        try:
            return self._seeded(body, made)
        except (SalesforceError, ValueError, KeyError, TypeError) as problem:
            self._org.journal.roll_back(0)
            self._people.drop_fields(made)
            code = f"{problem.code}: " if isinstance(problem, SalesforceError) else ""
            message = f"{code}{problem}"
            raise ValueError(message) from problem

    def change_tokens(self, action: str, body: JsonObject) -> JsonObject:  # noqa: ARG002  (the protocol's)
        """End sessions (``expire``), or sessions and refresh tokens (``revoke``).

        Raises:
            ValueError: unknown action.
        """
        if action == "expire":
            return {"expired": self.api.sessions.expire_all()}
        if action == "revoke":
            return {"revoked": self.api.sessions.revoke_all()}
        message = f"unknown action {action!r}; known: expire, revoke"
        raise ValueError(message)

    def set_webhook_urls(self, urls: tuple[str, ...]) -> None:
        """Define an outbound message per URL and object, in place of all others."""
        self._out.messages.clear()
        for url in urls:
            for name in DEFAULT_OBJECTS:
                self._out.messages.define(name, url)

    def parts(self) -> Mapping[str, object]:
        """Return what holds the org's state; cursors of queries are not kept."""
        return {
            "org": self._org,
            "sessions": self.api.sessions,
            "usage": self.api.usage,
            "jobs": self.api.jobs,
            "messages": self._out.messages,
            "events": self._out.events,
            "key": REGISTERED_KEY,
        }

    def surroundings(self) -> Mapping[str, object]:
        """Return what the org refers to and does not hold."""
        return {"clock": self.clock}

    def ways_out(self) -> Mapping[str, WebhookDelivery]:
        """Return both ways out: outbound messages and the relay of change events."""
        return {"messages": self._out, "relay": self._out.relay}

    def _seeded(self, body: JsonObject, made: list[str]) -> JsonObject:
        for wanted in cast("list[JsonObject]", body.get("custom_fields") or []):
            made.append(self._people.add_field(wanted))
        ids = self._people.store(body.get("records") or {}, by=str(body.get("as") or "admin"))
        ends = [self._org.journal.mark()]
        results: list[Any] = []
        for action in cast("list[JsonObject]", body.get("actions") or []):
            results.append(self._people.act(action))
            ends.append(self._org.journal.mark())
        changes = self._org.commit()
        if body.get("fire"):
            self._out.tell(changes[: ends[0]])
        for start, end in pairwise(ends):
            self._out.tell(changes[start:end])
        return {"ids": ids, "custom_fields": made, "actions": results}

    def _work(self) -> None:
        """Let bulk jobs do what has become due; each chunk of theirs is a transaction."""
        for job, rows in work(self.api):
            changes = self._org.commit()
            before, unchanged = job.uncounted
            job.uncounted = before + rows, unchanged + unchanged_rows(changes)
            self._out.tell(changes)

    def _answered(self, request: Request) -> Answer:
        self._work()
        try:
            call = self._call(request)
        except SalesforceError as error:
            return refusal(error)
        answer = self.api.dispatch(call)
        if answer.status >= 400:
            self._org.journal.roll_back(0)
        changes = self._org.commit()
        answer.object = object_of(self.api, call)
        answer.unchanged += unchanged_rows(changes)
        self._out.tell(changes)
        return answer

    def _call(self, request: Request) -> Call:
        version = version_of(request.path) if request.path.startswith(PREFIX) else None
        if version is None:
            raise SalesforceError("NOT_FOUND", "The requested resource does not exist")
        token = bearer(request)
        if token is None:
            raise SalesforceError("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE", status=401)
        session = self.api.sessions.session_of(token)
        if session is None:
            raise invalid_session()
        self.api.usage.count()
        _check_length(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        return Call(
            method=request.method,
            path=request.path,
            args=request.args.to_dict(),
            headers=headers,
            body=request.get_data(),
            actor=_actor(session.user_id, version, headers),
        )


def _check_length(request: Request) -> None:
    uri = len(quote(request.path, safe="/%")) + len(request.query_string) + 1
    if uri > _MAX_URI_BYTES:
        message = "The length of the URI exceeds the 16,384-byte limit."
        raise SalesforceError("URI_TOO_LONG", message, status=414)
    headers = sum(len(name) + len(value) + 4 for name, value in request.headers.items())
    if uri + headers > _MAX_URI_BYTES:
        message = "The combined length of the URI and headers exceeds the 16,384-byte limit."
        raise SalesforceError("REQUEST_HEADER_FIELDS_TOO_LARGE", message, status=431)


def _actor(user_id: str, version: str, headers: dict[str, str]) -> Actor:
    options = dict(
        pair.strip().split("=", 1) for pair in headers.get("sforce-call-options", "").split(",") if "=" in pair
    )
    duplicates = headers.get("sforce-duplicate-rule-header", "").lower().replace(" ", "")
    return Actor(
        user_id=user_id,
        version=version,
        client=options.get("client"),
        auto_assign=headers.get("sforce-auto-assign", "").strip().upper() != "FALSE",
        allow_duplicates="allowsave=true" in duplicates,
    )
