"""What the routes do that look into an integration, its CRM, and the records."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast

from crmbridge import runtime
from crmbridge.domain.keys import NaturalKey
from crmbridge.domain.records import ENTITIES, Entity
from crmbridge.errors import NotFoundError, RequestRejectedError
from crmbridge.runtime._api import Api
from crmbridge.runtime._routes import LIMIT
from crmbridge.services import plan_sync, read_records, show_integration
from crmbridge.services.hub import load_integrations
from crmbridge.services.show_quotas import show_quotas
from crmbridge.services.validate_integration import validate_integration

KEYS: tuple[NaturalKey, ...] = ("email", "phone", "domain")


# ------------------------------------------------------------------------------------------------ integrations


def validate(api: Api, integration_id: str) -> dict[str, Any]:
    """Check an integration step by step: credentials, access, custom fields, owners, pipelines, webhooks, a page read.

    Fields that the workspace wants and the CRM has not are made on the way; nothing else is changed.

    Raises:
        NotFoundError: the workspace has no such integration.
        ForbiddenError: the caller is no operator.
    """
    steps = validate_integration(runtime.hub(), api.integration(integration_id))
    shown = [
        {("nextStep" if name == "next_step" else name): each for name, each in asdict(step).items() if each != ""}
        for step in steps
    ]
    return {"integrationId": integration_id, "ok": all(each.outcome != "failed" for each in steps), "steps": shown}


def status(api: Api, integration_id: str) -> dict[str, Any]:
    """Tell how an integration is doing: health, last sync, counts of the last comparison, error rate, due writes.

    Raises:
        NotFoundError: the workspace has no such integration.
    """
    return show_integration.show_status(runtime.hub(), api.integration(integration_id))


def mapping(api: Api, integration_id: str) -> dict[str, Any]:
    """Show which field goes where: per entity, whether it takes part, who wins, and what the CRM makes of it.

    It is changed with ``PATCH`` of the integration: ``syncConfig.entities``, ``customFields`` and ``settings``.

    Raises:
        NotFoundError: the workspace has no such integration.
    """
    return show_integration.show_mapping(runtime.hub(), api.integration(integration_id))


def quotas(api: Api, integration_id: str) -> dict[str, Any]:
    """Show the limits that calls to the CRM are kept within, and what is used of them.

    Raises:
        NotFoundError: the workspace has no such integration.
    """
    return show_quotas(runtime.hub(), api.integration(integration_id))


def list_crms(api: Api) -> dict[str, Any]:
    """List the CRMs that can be connected, with what each can do.

    Raises:
        RequestRejectedError: limit or cursor is wrong.
    """
    known = runtime.hub().connectors
    return api.page(known.names(), key=str, show=lambda name: show_integration.show_crm(known.declaration(name)))


# ------------------------------------------------------------------------------------------------ the CRM itself


def list_owners(api: Api, integration_id: str) -> dict[str, Any]:
    """Ask the CRM who can own records.

    Raises:
        NotFoundError: the workspace has no such integration.
        AuthorizationExpiredError: the grant is dead.
        FatalProviderError: the CRM refuses to tell.
        RetriableProviderError: the CRM gives no usable answer.
    """
    client = runtime.hub().connectors.client(api.integration(integration_id))
    return {"items": show_integration.show_rows(client.owners())}


def list_pipelines(api: Api, integration_id: str) -> dict[str, Any]:
    """Ask the CRM for the stages of every pipeline.

    Raises:
        NotFoundError: the workspace has no such integration.
        AuthorizationExpiredError: the grant is dead.
        FatalProviderError: the CRM refuses to tell.
        RetriableProviderError: the CRM gives no usable answer.
    """
    client = runtime.hub().connectors.client(api.integration(integration_id))
    return {"items": show_integration.show_rows(client.stages("deal"))}


def list_fields(api: Api, integration_id: str, entity: str) -> dict[str, Any]:
    """Ask the CRM for every field of an entity, custom ones included.

    Raises:
        NotFoundError: the workspace has no such integration.
        RequestRejectedError: the CRM has no such entity.
        AuthorizationExpiredError: the grant is dead.
        FatalProviderError: the CRM refuses to tell.
        RetriableProviderError: the CRM gives no usable answer.
    """
    integration = api.integration(integration_id)
    known = runtime.hub().connectors.declaration(integration.crm).supports.entities
    if entity not in known:
        raise RequestRejectedError(
            f"there is no entity {entity[:40]!r}", field="entity", next_step=f"use one of {', '.join(known)}"
        )
    client = runtime.hub().connectors.client(integration)
    return {"items": show_integration.show_rows(client.describe(entity))}


# ------------------------------------------------------------------------------------------------ runs


def sync_from_crm(api: Api, integration_id: str) -> tuple[dict[str, Any], int]:
    """Read what has changed in the CRM now.

    Raises:
        NotFoundError: the workspace has no such integration.
        RequestRejectedError: the integration is not active.
        ForbiddenError: the caller is no operator.
    """
    integration = api.integration(integration_id)
    if integration.status != "active":
        raise RequestRejectedError(
            f"the integration is {integration.status}", field="integrationId", next_step="connect or resume it first"
        )
    run = plan_sync.start_run(runtime.hub(), integration)
    return ({} if run is None else read_records.show_run(run)), 202


def sync_all(api: Api) -> tuple[dict[str, Any], int]:
    """Begin a run of every active integration of the workspace now; those that are not active are passed over.

    Raises:
        RequestRejectedError: mode is wrong.
        ForbiddenError: the caller is no operator.
    """
    full = api.body().get("mode") == "full"
    hub = runtime.hub()
    active = [each for each in load_integrations(hub, api.caller().workspace_id).values() if each.status == "active"]
    runs = [plan_sync.start_run(hub, each, full=full) for each in active]
    return {"items": [read_records.show_run(each) for each in runs if each is not None]}, 202


# ------------------------------------------------------------------------------------------------ records


def list_records(api: Api) -> dict[str, Any]:
    """List the records of an entity, or find those that hold an e-mail address, a telephone number or a web domain.

    Deleted records, and those that became part of another, are left out; so a page may hold less than ``limit``.

    Raises:
        RequestRejectedError: a parameter is missing or wrong.
    """
    query, workspace_id = api.query(), api.caller().workspace_id
    if "entity" not in query:
        raise RequestRejectedError(
            "entity is missing", field="entity", next_step=f"send entity as one of {', '.join(ENTITIES)}"
        )
    entity = cast("Entity", query["entity"])
    keys: dict[NaturalKey, str] = {name: query[name] for name in KEYS if name in query}
    if keys:
        found = read_records.find_by_key(runtime.hub(), workspace_id, entity, keys)
        return api.page(found, key=lambda each: each.record_id, show=read_records.show_record)
    limit, cursor = query.get("limit", LIMIT), query.get("cursor")
    page = runtime.hub().records.list_records(workspace_id, entity, cursor=cursor, limit=limit)
    live = [each for each in page.items if each.deleted_at is None and not each.merged_into]
    more = {} if page.next_cursor is None else {"nextCursor": page.next_cursor}
    return {"items": [read_records.show_record(each) for each in live], **more}


def find_contacts(api: Api, integration_id: str) -> dict[str, Any]:
    """Show the contacts with an e-mail address or telephone number that an integration's CRM has.

    Raises:
        NotFoundError: the workspace has no such integration, or its CRM has no such contact.
        RequestRejectedError: neither is given.
    """
    integration, query = api.integration(integration_id), api.query()
    keys: dict[NaturalKey, str] = {name: query[name] for name in KEYS if name in query}
    if not keys:
        raise RequestRejectedError("email is missing", field="email", next_step="send email or phone in the query")
    found = read_records.find_by_key(runtime.hub(), integration.workspace_id, "contact", keys)
    there = [each for each in found if (link := each.links.get(integration_id)) and link.state == "active"]
    if not there:
        raise NotFoundError(
            "the CRM has no such contact, as far as it was read", field="email", next_step="sync the integration"
        )
    return {"items": [read_records.show_record(each) for each in there]}
