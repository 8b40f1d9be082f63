"""The Web API's front: who calls, whether they may, and what they are answered."""

from __future__ import annotations

import json
import re
import uuid

from werkzeug.wrappers import Request, Response

from sandbox._calls import annotate_object, annotate_records, annotate_unchanged
from sandbox._clock import Clock
from sandbox.dynamics.account import HOST, TENANT_ID
from sandbox.dynamics.errors import DataverseError, bad_query, json_response, no_segment
from sandbox.dynamics.http.batching import run_batch
from sandbox.dynamics.http.calls import Answer, Call
from sandbox.dynamics.http.dispatch import dispatch
from sandbox.dynamics.org import Org
from sandbox.dynamics.protection import Protection
from sandbox.dynamics.switches import Switches
from sandbox.dynamics.tokens import Tokens

PREFIX = "/api/data/"
URL_MAX = 32_768
_PATH = re.compile(r"/api/data/(?P<version>v9\.[0-2])/(?P<path>.*)", re.DOTALL)
_FAULTS = {
    400: ("0x80040203", "Invalid argument."),
    403: ("0x80040220", "Principal user is missing privileges."),
    404: ("0x80040217", "The specified object was not found."),
    412: ("0x80060882", "The version of the existing record doesn't match the RowVersion property provided."),
    429: ("0x80072322", "Number of requests exceeded the limit of 6000 over time window of 300 seconds."),
    503: ("0x8004a001", "The server is busy and the request was not completed. Try again later."),
}


class Service:
    """Answers calls below ``/api/data/``."""

    def __init__(
        self, org: Org, tokens: Tokens, switches: Switches, protection: Protection, *, clock: Clock, base_url: str
    ) -> None:
        """Join the parts."""
        self._org, self._tokens, self._switches, self._protection = org, tokens, switches, protection
        self._clock, self._base_url = clock, base_url

    def answer(self, request: Request) -> Response:
        """Answer one call; every failure is the vendor's own."""
        user_id = self._caller(request)
        if user_id is None:
            return unauthorized()
        try:
            response = self._admitted(request, user_id)
        except DataverseError as error:
            response = error.as_response()
        response.headers.update(self._protection.headers())
        response.headers["x-ms-service-request-id"] = str(uuid.UUID(int=self._org.version, version=4))
        return response

    def _caller(self, request: Request) -> str | None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        held = self._tokens.holder(token.strip()) if kind.lower() == "bearer" else None
        return None if held is None else held.user_id

    def _admitted(self, request: Request, user_id: str) -> Response:
        if not self._switches.is_member:
            raise DataverseError("0x80072560", "The user is not a member of the organization.", status=403)
        now_s = self._clock.now().timestamp()
        self._protection.admit(now_s)
        call = self._call(request, user_id)
        if call.path == "$batch":
            return self._batch(request, call, now_s)
        self._protection.note(now_s, 1)
        answer = dispatch(self._org, self._switches, call)
        response = _response(answer)
        if call.prefer.applied:
            response.headers["Preference-Applied"] = call.prefer.applied
        annotate_object(request, answer.table)
        annotate_records(request, answer.records)
        annotate_unchanged(request, answer.unchanged)
        return response

    def _batch(self, request: Request, call: Call, now_s: float) -> Response:
        if call.method != "POST":
            raise DataverseError("0x80060888", "$batch is posted.", status=405)
        batch = run_batch(
            call,
            lambda each: dispatch(self._org, self._switches, each),
            undo=self._org.roll_back,
            mark=self._org.mark,
            name=str(uuid.UUID(int=self._org.random.getrandbits(128), version=4)),
        )
        self._protection.note(now_s, batch.requests)
        annotate_object(request, ",".join(dict.fromkeys(batch.tables)))
        annotate_records(request, batch.records)
        annotate_unchanged(request, batch.unchanged)
        response = Response(batch.body, status=batch.status, content_type=batch.content_type)
        response.headers["OData-Version"] = "4.0"
        return response

    def _call(self, request: Request, user_id: str) -> Call:
        match = _PATH.fullmatch(request.path)
        if match is None:
            raise no_segment(request.path.strip("/").partition("/")[0])
        if len(request.path) + len(request.query_string) > URL_MAX:
            raise DataverseError("0x80060888", "The length of the URL exceeds 32 KB.", status=414)
        headers = {name.lower(): value for name, value in request.headers.items()}
        if headers.get("odata-version", "4.0") != "4.0":
            raise bad_query("The OData-Version header must be 4.0.")
        return Call(
            method=request.method,
            path=match["path"],
            args=request.args.to_dict(),
            headers=headers,
            body=request.get_data(),
            by=user_id,
            root=f"{self._base_url}/api/data/{match['version']}/",
        )


def _response(answer: Answer) -> Response:
    if answer.body is None:
        response = Response(status=answer.status)
        del response.headers["Content-Type"]
        response.headers["OData-Version"] = "4.0"
    elif isinstance(answer.body, int):
        response = Response(str(answer.body), status=answer.status, content_type="text/plain")
    else:
        response = json_response(answer.body, answer.status)
    response.headers.update(answer.headers)
    return response


def unauthorized() -> Response:
    """Return the 401 of a missing, unknown or expired token: no body, but where to sign in."""
    where = f"https://login.microsoftonline.com/{TENANT_ID}/oauth2/authorize"
    response = Response(status=401)
    response.headers["WWW-Authenticate"] = f"Bearer authorization_uri={where}, resource_id=https://{HOST}/"
    return response


def fault_answer(status: int, *, is_sign_in: bool) -> Response:
    """Return the vendor's answer with a status, for injected faults."""
    if is_sign_in:
        words = "AADSTS90033: A transient error has occurred. Please try again."
        body = {"error": "temporarily_unavailable", "error_description": words, "error_codes": [90033]}
        return Response(json.dumps(body), status=status, mimetype="application/json")
    if status == 401:
        return unauthorized()
    code, message = _FAULTS.get(status, ("0x80040216", "An unexpected error occurred."))
    response = DataverseError(code, message, status=status).as_response()
    if status == 429:
        response.headers["Retry-After"] = "30"
    return response
