"""Pipedrive's error bodies, as its documentation and recorded answers show them."""

from __future__ import annotations

from typing import Any

JsonObject = dict[str, Any]

INFO = "Please check developers.pipedrive.com"
CLOUDFLARE = (
    "<!DOCTYPE html><html><head><title>Access denied</title></head>"
    "<body><h1>Error 1015</h1><p>You are being rate limited</p><p>Cloudflare</p></body></html>"
)


class VendorError(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, body: JsonObject | str, headers: dict[str, str] | None = None) -> None:
        """Refuse with a status and a body; text is an HTML page."""
        super().__init__(str(body))
        self.status = status
        self.body = body
        self.headers = headers or {}

    @property
    def words(self) -> str:
        """What it says, for people."""
        return str(self.body.get("error") or self.body.get("errors")) if isinstance(self.body, dict) else self.body


def error(status: int, words: str, **more: Any) -> VendorError:
    """Return an error in the ordinary shape."""
    body = {"success": False, "error": words, "error_info": INFO, "data": None, "additional_data": None}
    return VendorError(status, body | more)


def invalid(words: str, field_code: str = "") -> VendorError:
    """Return a refused value; custom fields are named by their code since May 2026."""
    return error(400, f"Validation failed: {words}", **({"field_code": field_code} if field_code else {}))


def unauthorized() -> VendorError:
    """Return what an API call without valid credentials gets."""
    body = {"success": False, "error": "unauthorized access", "errorCode": 401, "error_info": INFO}
    return VendorError(401, body)


def invalid_token() -> VendorError:
    """Return what an OAuth access token that is not, or no longer, good gets."""
    body = {
        "success": False,
        "error": "Invalid token: `access_token` is invalid",
        "errorCode": 401,
        "error_info": INFO,
    }
    return VendorError(401, body)


def scope_mismatch() -> VendorError:
    """Return what a token without a scope gets."""
    body = {"success": False, "error": "Scope and URL mismatch", "errorCode": 403, "error_info": INFO}
    return VendorError(403, body)


def not_found(what: str) -> VendorError:
    """Return what a record that never was, or was purged, gets."""
    return error(404, f"{what} not found", error_info="Object was not found.")


def over_limit(headers: dict[str, str]) -> VendorError:
    """Return what too many calls, or too many tokens, get."""
    body = {"success": False, "error": "Request over limit", "errorCode": 429, "error_info": INFO}
    return VendorError(429, body, headers)


def oauth_error(words: str, code: str, status: int = 400) -> VendorError:
    """Return an error of the authorization server."""
    return VendorError(status, {"success": False, "error": code, "message": words, "error_info": INFO})


def hook_error(field: str, words: str, status: int = 400) -> VendorError:
    """Return an error in the shape of the webhooks endpoint."""
    return VendorError(status, {"status": "error", "success": False, "errors": {field: [words]}})
