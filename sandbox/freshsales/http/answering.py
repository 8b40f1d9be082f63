"""From a request to an answer: path, key, allowance, handler, errors."""

from __future__ import annotations

from typing import cast

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox._calls import annotate_object
from sandbox.freshsales.account import API_KEY
from sandbox.freshsales.errors import Shape, VendorError, not_found, unauthorized
from sandbox.freshsales.http.calls import ApiCall, answer, page
from sandbox.freshsales.http.table import ROOTS, SAMPLES, TABLE, Handler
from sandbox.freshsales.office import Office


class Answering:
    """Answers vendor calls on one account."""

    def __init__(self, office: Office) -> None:
        """Answer for ``office``."""
        self.office = office
        rules = [
            Rule(root + path, methods=[method], endpoint=(path, handler), strict_slashes=False)
            for root in ROOTS
            for method, path, handler in TABLE
        ]
        self._map = Map(rules)

    def answer(self, request: Request) -> Response:
        """Answer one call; every failure is the vendor's, outside the API a page."""
        headers: dict[str, str] = {}
        try:
            self._authenticate(request)
            headers = self.office.account.gate.pass_call() if _is_api(request) else {}
            (path, handler), params = self._map.bind_to_environ(request.environ).match()
            del path
            call = ApiCall(request=request, office=self.office, params=dict(params))
            annotate_object(request, str(params.get("place") or params.get("module") or ""))
            response = cast("Handler", handler)(call)
        except VendorError as refusal:
            response = self._refuse(refusal)
        except HTTPException:
            response = self._refuse(not_found()) if _is_api(request) else page()
        response.headers.update(headers)
        return response

    def template(self, request: Request) -> str:
        """Return the endpoint's template, for the log."""
        try:
            (path, _), params = self._map.bind_to_environ(request.environ).match()
        except HTTPException:
            return "(unknown)"
        text = str(path)
        for name in ("module", "place"):
            start = text.find("<any(")
            if start >= 0 and name in params:
                text = text[:start] + f"{{{name}}}" + text[text.index(">", start) + 1 :]
        return "/api" + text.replace("<", "{").replace(">", "}")

    def error_answer(self, status: int, request: Request) -> Response:
        """Return the vendor's answer with ``status``."""
        del request
        refusal = VendorError(status=status, messages=(SAMPLES.get(status, f"error {status}"),))
        if status == 429:
            refusal.headers.update({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"})
        return self._refuse(refusal)

    def _authenticate(self, request: Request) -> None:
        """Let the account's key in.

        Raises:
            VendorError: 401 for another key, or one told in another way.
        """
        if not _is_api(request):
            return
        given = request.headers.get("Authorization", "")
        if not self.office.account.key_works or given != f"Token token={API_KEY}":
            raise unauthorized()

    def _refuse(self, refusal: VendorError) -> Response:
        shape = cast("Shape", self.office.account.options.error_shape)
        response = answer(refusal.body(shape), refusal.status)
        response.headers.update(refusal.headers)
        return response


def _is_api(request: Request) -> bool:
    return request.path.startswith(tuple(f"{root}/" for root in ROOTS))
