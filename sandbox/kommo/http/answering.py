"""From a request to an answer: route, rate, token, handler, refusals."""

from __future__ import annotations

from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date
from werkzeug.wrappers import Request, Response

from sandbox._calls import annotate_object
from sandbox.kommo.errors import VendorError, problem
from sandbox.kommo.http.calls import ApiCall
from sandbox.kommo.http.pages import answer
from sandbox.kommo.http.routes import OPEN, TABLE, find
from sandbox.kommo.portal import Portal

_PAGE = "<html><head><title>429 Too Many Requests</title></head><body>Too Many Requests</body></html>"


class Answering:
    """Answers vendor calls on one portal."""

    def __init__(self, portal: Portal) -> None:
        """Answer for ``portal``."""
        self.portal = portal

    def answer(self, request: Request) -> Response:
        """Answer one call; every failure is the vendor's."""
        try:
            response = self._answer(request)
        except VendorError as refusal:
            response = self._refuse(refusal)
        except HTTPException as unknown:
            response = self._refuse(problem(unknown.code or 404, f"Cannot {request.method} {request.base_url}"))
        response.headers["Date"] = http_date(self.portal.clock.now())
        response.headers["X-Request-Id"] = f"{self.portal.account.rng.getrandbits(64):016x}"
        return response

    def error_answer(self, status: int) -> Response:
        """Return the vendor's answer with a status."""
        return self._refuse(problem(status))

    def _answer(self, request: Request) -> Response:
        endpoint, params = find(request)
        if endpoint in OPEN:
            return OPEN[endpoint](self.portal, request)
        entity = params.get("entity") or endpoint[1].split("/")[1]
        annotate_object(request, str(entity))
        self.portal.gate.admit()
        self.portal.tokens.authenticate(request.headers.get("Authorization", ""))
        return TABLE[endpoint](ApiCall(request=request, portal=self.portal, params=params))

    def _refuse(self, refusal: VendorError) -> Response:
        if refusal.status == 429 and self.portal.account.options.html_429:
            return answer(_PAGE, 429)
        return answer(refusal.body, refusal.status)
