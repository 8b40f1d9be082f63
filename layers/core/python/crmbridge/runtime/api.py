"""What the signed-in routes do: one function a route, from a caller and a body to a status and a body."""

from __future__ import annotations

from typing import Any, cast

from crmbridge.domain.integrations import Integration
from crmbridge.domain.records import PREFIXES, Entity
from crmbridge.errors import CrmBridgeError, NotFoundError, RequestRejectedError
from crmbridge.runtime import _sources as sources
from crmbridge.runtime import hub
from crmbridge.runtime._api import Api
from crmbridge.services import (
    _chronicle,
    connect_as_user,
    connect_crm,
    manage_integrations,
    read_records,
    resolve_conflicts,
    want_subscriptions,
)
from crmbridge.services import _departures as departures
from crmbridge.services._hook_paths import open_hook
from crmbridge.services.hub import load_integrations

__all__ = ["Api"]  # the frame, for the functions that hold the routes


# ------------------------------------------------------------------------------------------------ integrations


def create_integration(api: Api) -> tuple[dict[str, Any], int]:
    """Create an integration; with ``credentials.accessToken`` connect it at once.

    Raises:
        RequestRejectedError: a field is missing or wrong, or the CRM refuses the token.
        NotFoundError: there is no such provider.
        ForbiddenError: the caller is no admin.
        FatalProviderError: the CRM refuses a field that is to be made there.
        RetriableProviderError: the CRM gives no usable answer; nothing was created.
    """
    caller, body = api.caller(), api.body()
    token: str = body.get("credentials", {}).get("accessToken", "")
    integration = manage_integrations.create_integration(hub(), caller.workspace_id, body)
    if not token:
        return manage_integrations.show(integration), 201
    try:
        url = hook_url(api, integration.crm)
        activated = connect_crm.adopt_token(hub(), integration, token=token, hook_url=url)
    except CrmBridgeError:
        manage_integrations.remove_integration(hub(), integration)
        raise
    return _activated(api, activated), 201


def list_integrations(api: Api) -> dict[str, Any]:
    """List the workspace's integrations.

    Raises:
        ForbiddenError: the token belongs to no workspace.
    """
    query = api.query()
    found = load_integrations(hub(), api.caller().workspace_id).values()
    chosen = [
        each
        for each in found
        if query.get("provider", each.crm) == each.crm and query.get("status", each.status) == each.status
    ]
    return api.page(chosen, key=lambda each: each.integration_id, show=manage_integrations.show)


def get_integration(api: Api, integration_id: str) -> dict[str, Any]:
    """Show one integration.

    Raises:
        NotFoundError: the workspace has no such integration.
        ForbiddenError: the token belongs to no workspace.
    """
    return manage_integrations.show(api.integration(integration_id))


def change_integration(api: Api, integration_id: str) -> dict[str, Any]:
    """Change an integration.

    Raises:
        RequestRejectedError: a field is wrong.
        NotFoundError: the workspace has no such integration.
        ForbiddenError: the caller is no admin.
        AuthorizationExpiredError: fields are to be made in the CRM, and the grant is dead.
        FatalProviderError: the CRM refuses a field that is to be made there.
        RetriableProviderError: fields are to be made, and the CRM gives no usable answer; nothing was changed.
    """
    integration = api.integration(integration_id)
    return manage_integrations.show(manage_integrations.update_integration(hub(), integration, api.body()))


def delete_integration(api: Api, integration_id: str) -> tuple[dict[str, Any], int]:
    """Disconnect and remove an integration.

    Raises:
        NotFoundError: the workspace has no such integration.
        ForbiddenError: the caller is no admin.
        RetriableProviderError: the vendor gave no usable answer; nothing was removed.
        LeaseHeldError: a worker is at its webhooks; the same can be tried again.
    """
    manage_integrations.delete_integration(hub(), api.integration(integration_id))
    return {}, 204


# ------------------------------------------------------------------------------------------------ connecting


def login(api: Api, crm: str) -> dict[str, Any]:
    """Begin an OAuth login; with ``credentials.username`` connect at once by an assertion.

    Raises:
        RequestRejectedError: ``integrationId`` is missing, or the CRM refuses the assertion.
        NotFoundError: the workspace has no such integration of this CRM.
        ForbiddenError: the caller is no admin, or the deployment lets the workspace not connect as that user.
        FatalProviderError: the CRM refuses a field that is to be made there.
        RetriableProviderError: the CRM gives no usable answer; the same call can be made again.
    """
    integration = _chosen(api, crm)
    username: str = api.body().get("credentials", {}).get("username", "")
    if username:
        url = hook_url(api, crm)
        activated = connect_as_user.connect_as_user(hub(), integration, username=username, hook_url=url)
        return {"integration": _activated(api, activated)}
    begun = connect_crm.begin_login(
        hub(),
        integration,
        redirect_uri=f"{api.url()}/auth/{crm}/callback",
        state=sources.secret(),
        verifier=sources.secret(),
    )
    return {"url": begun.url, "expiresAt": begun.expires_at.isoformat()}


def complete(api: Api, crm: str) -> dict[str, Any]:
    """Activate an integration with the one-time code of the callback's page.

    Raises:
        RequestRejectedError: the code is missing, wrong, used or too old.
        NotFoundError: the workspace has no such integration of this CRM.
        ForbiddenError: the caller is no admin.
        FatalProviderError: the CRM refuses a field that is to be made there.
        RetriableProviderError: the CRM gives no usable answer; the same call can be made again.
    """
    integration = _chosen(api, crm)
    code, url = api.body()["code"], hook_url(api, crm)
    return _activated(api, connect_crm.complete_login(hub(), integration, completion=code, hook_url=url))


def refresh(api: Api, crm: str) -> dict[str, Any]:
    """Refresh the access token now.

    Raises:
        AuthorizationExpiredError: the grant is dead; connect again.
        RetriableProviderError: the CRM gave no usable answer.
        RequestRejectedError: ``integrationId`` is missing.
        NotFoundError: the workspace has no such integration of this CRM.
    """
    return manage_integrations.show(connect_crm.refresh_now(hub(), _chosen(api, crm)))


def logout(api: Api, crm: str) -> dict[str, Any]:
    """Revoke the grant at the vendor and forget it.

    Raises:
        RetriableProviderError: the vendor gave no usable answer; nothing was forgotten.
        RequestRejectedError: ``integrationId`` is missing.
        NotFoundError: the workspace has no such integration of this CRM.
        LeaseHeldError: a worker is at its webhooks; the same can be tried again.
    """
    return manage_integrations.show(connect_crm.log_out(hub(), _chosen(api, crm)))


def connection_status(api: Api, crm: str) -> dict[str, Any]:
    """Tell how the workspace's integrations of a CRM are connected.

    Raises:
        NotFoundError: there is no such CRM.
        ForbiddenError: the token belongs to no workspace.
    """
    hub().connectors.declaration(crm)
    return {"items": connect_crm.status_of(hub(), api.caller().workspace_id, crm)}


def _activated(api: Api, integration: Integration) -> dict[str, Any]:
    """Show an integration that was just connected, with its webhook address; a secret one is shown only once."""
    shown = manage_integrations.show(integration)
    supports = hub().connectors.declaration(integration.crm).supports
    url = f"{api.url()}/webhooks/{integration.crm}" if supports.webhooks else ""
    if supports.subscribes:
        url = want_subscriptions.address_of(hub(), integration)
    elif supports.webhooks and not supports.webhook_signature:
        secret = sources.secret()
        open_hook(hub(), integration, hook_secret=secret)
        url += f"/{secret}"
    return {**shown, "webhookUrl": url} if url else shown


def hook_url(api: Api, crm: str) -> str:
    """Return a fresh address for one integration's webhooks."""
    return f"{api.url()}/webhooks/{crm}/{sources.secret()}"


def _chosen(api: Api, crm: str) -> Integration:
    hub().connectors.declaration(crm)
    return api.integration(api.body()["integrationId"], crm=crm)


# ------------------------------------------------------------------------------------------------ records


def get_record(api: Api, record_id: str) -> dict[str, Any]:
    """Show one record.

    Raises:
        NotFoundError: the workspace has no such record.
        ForbiddenError: the token belongs to no workspace.
    """
    return read_records.show_record(read_records.read_record(hub(), api.caller().workspace_id, record_id))


def find_record(api: Api, integration_id: str, entity: str, external_id: str) -> dict[str, Any]:
    """Show the record that is linked to one CRM's external id.

    Raises:
        NotFoundError: nothing is linked to it in this workspace.
        RequestRejectedError: there is no such entity.
        ForbiddenError: the token belongs to no workspace.
    """
    workspace_id = api.caller().workspace_id
    return read_records.show_record(read_records.find_record(hub(), workspace_id, integration_id, entity, external_id))


def get_history(api: Api, record_id: str) -> dict[str, Any]:
    """Show a record's history, newest first.

    Raises:
        NotFoundError: the workspace has no such record.
        ForbiddenError: the token belongs to no workspace.
    """
    workspace_id = api.caller().workspace_id
    read_records.read_record(hub(), workspace_id, record_id)
    lines = _chronicle.read_history(hub(), workspace_id, record_id)
    return api.page(lines, key=lambda each: f"{each['rev']:010d}", newest_first=True)


# ------------------------------------------------------------------------------------------------ decisions


def list_conflicts(api: Api) -> dict[str, Any]:
    """List what people must decide.

    Raises:
        ForbiddenError: the token belongs to no workspace.
    """
    query = api.query()
    found = _chronicle.decisions_by_place(hub(), api.caller().workspace_id)
    chosen = [
        (place, body)
        for place, body in found.items()
        if query.get("kind", body["kind"]) == body["kind"]
        and place.startswith(PREFIXES[query["entity"]] if "entity" in query else "")
    ]
    return api.page(chosen, key=lambda each: each[0], show=lambda each: each[1])


def get_conflicts(api: Api, record_id: str) -> dict[str, Any]:
    """Show what people must decide of one record.

    Raises:
        NotFoundError: there is nothing open to decide.
        ForbiddenError: the token belongs to no workspace.
    """
    found = list(_chronicle.decisions_by_place(hub(), api.caller().workspace_id, record_id).values())
    if not found:
        raise NotFoundError(f"nothing of {record_id[:60]!r} is open", field="record_id", next_step="list the conflicts")
    return {"items": found}


def resolve_conflict(api: Api, record_id: str) -> dict[str, Any]:
    """Decide a conflict: ``{"field", "side"}``, ``{"field", "value"}``, ``{"decision": "apart"}`` or ``{"into"}``.

    Raises:
        NotFoundError: there is nothing open to decide.
        RequestRejectedError: the decision is none of those, or not possible.
        ForbiddenError: the caller is no operator.
        ConflictError: the record kept moving; try again.
    """
    caller, body = api.caller(), api.body()
    where = (hub(), caller.workspace_id, record_id)
    if "decision" in body:
        if body["decision"] != "apart":
            raise RequestRejectedError("decision must be apart", field="decision", next_step="send apart, or name into")
        return read_records.show_record(resolve_conflicts.tell_apart(*where, by=caller.name))
    if "into" in body:
        return read_records.show_record(resolve_conflicts.join(*where, _named(body, "into"), by=caller.name))
    field = _named(body, "field")
    side = _named(body, "side") if "side" in body else ""
    value = None if side else resolve_conflicts.decided_value(field, body)
    decided = resolve_conflicts.resolve_field(*where, field, side=side, value=value, by=caller.name)
    return read_records.show_record(decided)


def _named(body: dict[str, Any], name: str) -> str:
    value: object = body.get(name)
    if not isinstance(value, str) or not value:
        raise RequestRejectedError(f"{name} must be a text", field=name, next_step=f"send {name} as a text")
    return value


def release_brake(api: Api, integration_id: str) -> dict[str, Any]:
    """Let go of the brake on mass deletions: ``{"entity", "decision": "delete" | "recreate"}``.

    Raises:
        NotFoundError: the workspace has no such integration.
        RequestRejectedError: entity or decision is wrong.
        ForbiddenError: the caller is no admin.
    """
    integration, body = api.integration(integration_id), api.body()
    entity = cast("Entity", body.get("entity"))
    if not isinstance(body.get("entity"), str) or entity not in integration.rules:
        raise RequestRejectedError(
            "entity is wrong", field="entity", next_step=f"use one of {', '.join(integration.rules)}"
        )
    if body.get("decision") not in ("delete", "recreate"):
        raise RequestRejectedError(
            "decision must be delete or recreate", field="decision", next_step="send one of them"
        )
    held = departures.release_brake(hub(), integration, entity, delete=body["decision"] == "delete")
    return {"released": held}


def health() -> tuple[dict[str, Any], int]:
    """Tell monitors how the platform is."""
    shown = manage_integrations.health(hub())
    return shown, 200 if shown["status"] == "healthy" else 503
