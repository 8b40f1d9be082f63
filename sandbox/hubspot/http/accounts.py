"""Owners, account information, usage and uninstalling."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from sandbox.hubspot.account import account_details
from sandbox.hubspot.errors import error, invalid_input, not_found
from sandbox.hubspot.http.calls import ApiCall, answer, no_content
from sandbox.hubspot.times import iso

_MAX_PAGE = 500


def list_owners(call: ApiCall) -> Response:
    """Answer owners in order of id; deactivated ones only with ``archived=true``."""
    archived, email = call.flag("archived"), call.request.args.get("email")
    limit = call.number("limit", default=100, most=_MAX_PAGE)
    after = call.request.args.get("after") or "0"
    if not after.isdigit():
        raise invalid_input(f"Invalid input (after): {after} is not a paging token")
    rows = [
        owner
        for owner in call.portal.state.owners.owners.values()
        if owner.archived is archived
        and int(owner.owner_id) > int(after)
        and (email is None or owner.email == email.strip().lower())
    ]
    body: dict[str, Any] = {"results": [owner.as_json() for owner in rows[:limit]]}
    if len(rows) > limit:
        body["paging"] = {"next": {"after": rows[limit - 1].owner_id}}
    return answer(body)


def read_owner(call: ApiCall) -> Response:
    """Answer one owner by its id, or by its user's id."""
    wanted, by = call.params["ownerId"], call.request.args.get("idProperty", "id")
    if by not in {"id", "userId"}:
        raise invalid_input(f"Invalid input (idProperty): {by}")
    archived = call.flag("archived")
    for owner in call.portal.state.owners.owners.values():
        spelled = owner.owner_id if by == "id" else str(owner.user_id)
        if spelled == wanted and owner.archived is archived:
            return answer(owner.as_json())
    raise not_found(f"Owner {wanted} does not exist")


def read_account(call: ApiCall) -> Response:
    """Answer which account the token belongs to."""
    del call
    return answer(account_details())


def read_usage(call: ApiCall) -> Response:
    """Answer how many calls private apps made today."""
    if call.access is None or not call.access.is_private_app:
        raise error(403, "This endpoint is for private apps only", "MISSING_SCOPES")
    usage = call.portal.gate.usage() | {"collectedAt": iso(call.now_ms), "resetsAt": None}
    return answer({"results": [usage]})


def uninstall(call: ApiCall) -> Response:
    """Remove the app from the account: its tokens end and webhooks stop."""
    call.portal.tokens.revoke()
    return no_content()
