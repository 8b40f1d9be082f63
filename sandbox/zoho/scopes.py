"""Which scope a call needs."""

from __future__ import annotations

from sandbox.zoho.errors import ZohoError

_OPERATIONS = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE", "PATCH": "UPDATE", "DELETE": "DELETE"}
_AREAS = {
    "org": "ZohoCRM.org",
    "users": "ZohoCRM.users",
    "coql": "ZohoCRM.coql",
    "settings/fields": "ZohoCRM.settings.fields",
    "settings/layouts": "ZohoCRM.settings.layouts",
    "settings/pipeline": "ZohoCRM.settings.pipeline",
    "settings/tags": "ZohoCRM.settings.tags",
    "actions/watch": "ZohoCRM.notifications",
}
_WHOLE = {"ZohoCRM.settings": "ZohoCRM.settings.ALL"}


def check_scope(granted: tuple[str, ...], method: str, parts: tuple[str, ...]) -> None:
    """Refuse a call whose token lacks the scope.

    Raises:
        ZohoError: 401 OAUTH_SCOPE_MISMATCH.
    """
    path = "/".join(parts[:2])
    area = _AREAS.get(path) or _AREAS.get(parts[0])
    operation = "READ" if parts[0] == "coql" else _OPERATIONS.get(method, "READ")
    if area is None:
        area = "ZohoCRM.modules"
        module = f"{area}.{parts[0].lower()}"
        allowed = {f"{area}.ALL", f"{area}.{operation}", f"{module}.ALL", f"{module}.{operation}"}
    else:
        allowed = {f"{area}.{operation}", f"{area}.ALL"} | {
            scope for prefix, scope in _WHOLE.items() if area.startswith(prefix)
        }
    held = {each.lower() for each in granted}
    if not held & {each.lower() for each in allowed}:
        raise _mismatch()
    if parts[-1] == "search" and "zohosearch.securesearch.read" not in held:
        raise _mismatch()


def _mismatch() -> ZohoError:
    message = "invalid oauth scope to access this URL"
    return ZohoError(code="OAUTH_SCOPE_MISMATCH", message=message, status=401)
