"""The accounts server's pages and endpoints."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox._oauth_page import Consent, consent_page
from sandbox.zoho.account import APP_NAME, CLIENT_ID, CLIENT_SECRET, COMPANY
from sandbox.zoho.errors import json_answer
from sandbox.zoho.options import Options
from sandbox.zoho.tokens import OAuthError, TokenBook


class AccountsServer:
    """Answers below ``/oauth/v2``."""

    def __init__(self, tokens: TokenBook, options: Callable[[], Options], base_url: str) -> None:
        """Give out ``tokens``; ``base_url`` is both accounts server and API domain."""
        self._tokens, self._options, self._base_url = tokens, options, base_url

    def answer(self, request: Request) -> Response:
        """Answer one call."""
        path = request.path.removeprefix("/oauth/v2/").strip("/")
        try:
            if path == "auth":
                return self._consented(request) if request.method == "POST" else self._page(request)
            if path == "token" and request.method == "POST":
                return json_answer(self._token(request))
            if path == "token/revoke" and request.method == "POST":
                return self._revoked(request)
        except OAuthError as refusal:
            body = {"error": refusal.error}
            if refusal.description:
                body |= {"error_description": refusal.description, "status": "failure"}
            return json_answer(body, refusal.status)
        return Response("<html><body>404</body></html>", status=404, mimetype="text/html")

    def _page(self, request: Request) -> Response:
        args = request.args
        if args.get("client_id") != CLIENT_ID or args.get("response_type") != "code":
            return Response("<html><body>Invalid Client</body></html>", status=400, mimetype="text/html")
        scopes = _scopes(args.get("scope", ""))
        if not scopes or not args.get("redirect_uri"):
            return Response("<html><body>Invalid OAuth Scope</body></html>", status=400, mimetype="text/html")
        kept = ("client_id", "redirect_uri", "scope", "state", "access_type")
        fields = {name: args.get(name, "") for name in kept}
        consent = Consent(title="Zoho Accounts", app=APP_NAME, account=COMPANY, scopes=scopes)
        return consent_page(consent, action="/oauth/v2/auth", fields=fields)

    def _consented(self, request: Request) -> Response:
        form = request.form
        if form.get("decision") != "grant":
            return redirect(f"{form['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': form['state']})}")
        code = self._tokens.new_code(
            redirect_uri=form["redirect_uri"],
            scopes=_scopes(form["scope"]),
            offline=form.get("access_type") == "offline",
        )
        told = {"state": form["state"], "code": code, "location": "us", "accounts-server": self._base_url}
        return redirect(f"{form['redirect_uri']}?{urlencode(told)}")

    def _token(self, request: Request) -> dict[str, object]:
        given = request.values
        if given.get("client_id") != CLIENT_ID:
            raise OAuthError("invalid_client")
        if given.get("client_secret") != CLIENT_SECRET:
            raise OAuthError("invalid_client_secret")
        kind = given.get("grant_type")
        if kind == "authorization_code":
            said = self._tokens.exchange(given.get("code", ""), given.get("redirect_uri", ""))
        elif kind == "refresh_token":
            said = self._tokens.refresh(given.get("refresh_token", ""), self._options())
        else:
            raise OAuthError("unsupported_grant_type")
        return {**said, "api_domain": self._base_url}

    def _revoked(self, request: Request) -> Response:
        if self._tokens.revoke(request.values.get("token", "")):
            return json_answer({"status": "success"})
        return json_answer({"status": "failure", "error": "invalid_code"}, 400)


def _scopes(text: str) -> tuple[str, ...]:
    """Return scopes separated by commas; anything separated otherwise is one scope nobody knows."""
    return tuple(each for each in text.split(",") if each.startswith(("ZohoCRM.", "ZohoSearch.")) and " " not in each)
