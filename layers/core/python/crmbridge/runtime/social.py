"""What the routes of enrichment and attribution do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from crmbridge import runtime
from crmbridge.domain.keys import digest
from crmbridge.domain.records import Entity, Record
from crmbridge.domain.social.apportioning import total
from crmbridge.domain.social.attribution import MODELS, Journey, Model, channel_effects, credits_of
from crmbridge.domain.social.profiles import engagement_of
from crmbridge.domain.social.totals import Earned, earned
from crmbridge.domain.social.touchpoints import NO_CHANNEL, Touchpoint, touchpoint_to_json
from crmbridge.errors import NotFoundError, RequestRejectedError
from crmbridge.runtime._api import Api
from crmbridge.services import enrich as enriching
from crmbridge.services.attribute import journeys
from crmbridge.services.attribution_notes import show_in_crms
from crmbridge.services.enter_records import Entry, enter_one
from crmbridge.services.touchpoints import record_touchpoints, survivor, touchpoints_of

HUB = "hub"
ALL_OF_IT = "100"


def enrich_contact(api: Api, integration_id: str) -> dict[str, Any]:
    """Enrich a contact or lead from what the hub holds; what is only likely is marked as such, and overwrites nothing.

    Custom fields that the workspace has for it are entered, and so go to every CRM.

    Raises:
        NotFoundError: the workspace has no such integration, or no such contact or lead.
        RequestRejectedError: there is no such provider.
        ConflictError: the record kept moving; try again.
    """
    body, record = api.body(), _person(api, integration_id, "contactId", ("contact", "lead"))
    if body.get("provider", HUB) != HUB:
        raise RequestRejectedError(
            "there is no such provider of data", field="provider", next_step="send hub, or leave it out"
        )
    social, history = body.get("includeSocialData", True), body.get("includeEngagementHistory", True)
    found = enriching.enrich(runtime.hub(), record, social=social, history=history)
    changed: tuple[str, ...] = ()
    if found.fields and body.get("apply", True):
        entry = Entry(found.fields, record.record_id)
        changed = enter_one(runtime.hub(), record.workspace_id, record.entity, entry, by=api.caller().name).changed
    shown: dict[str, Any] = {"recordId": record.record_id, "provider": HUB}
    if social:
        shown["profiles"] = [{**asdict(each), "seen_at": each.seen_at.isoformat()} for each in found.profiles]
        shown["profiles"] = [_camel(each) for each in shown["profiles"]]
    if history:
        shown["engagement"] = engagement_of(found.touchpoints)
    return {
        **shown,
        "inferred": [_camel(asdict(each)) for each in found.inferred],
        "changed": list(changed),
        "ignored": list(found.ignored),
    }


def attribute_lead(api: Api, integration_id: str) -> dict[str, Any]:
    """Note what touched a lead or contact, each touchpoint once, and show how each model would credit them.

    Custom fields that the workspace has for it are entered, and so go to every CRM; where this integration has none,
    a note is kept up to date with the contact.

    Raises:
        NotFoundError: the workspace has no such integration, or no such lead or contact.
        RequestRejectedError: a touchpoint is wrong.
        ConflictError: the record kept moving; try again.
    """
    hub, body = runtime.hub(), api.body()
    record = _person(api, integration_id, "leadId", ("lead", "contact"))
    told = [_touchpoint(each, record, body, place) for place, each in enumerate(body.get("touchpoints", []))]
    if not told:
        told = [_touchpoint({}, record, body, 0)]
    recorded = record_touchpoints(hub, record.workspace_id, told)
    touchpoints = touchpoints_of(hub, record.workspace_id, record.record_id)
    integration = api.integration(integration_id)
    entered, ignored, note = show_in_crms(
        hub, integration, record, touchpoints, source=body.get("source", ""), by=api.caller().name
    )
    return {
        "recordId": record.record_id,
        "recorded": sum(recorded),
        "known": len(recorded) - sum(recorded),
        "touchpoints": [_shown(each) for each in touchpoints],
        "shares": _shares(record, touchpoints),
        "changed": list(entered.changed),
        "ignored": list(ignored),
        "noteId": note,
    }


def list_touchpoints(api: Api, record_id: str) -> dict[str, Any]:
    """List what touched a lead or contact, newest first.

    Raises:
        NotFoundError: the workspace has no such lead or contact.
        RequestRejectedError: limit or cursor is wrong.
    """
    record = survivor(runtime.hub(), api.caller().workspace_id, record_id)
    found = touchpoints_of(runtime.hub(), record.workspace_id, record.record_id)
    newest = sorted(found, key=_place, reverse=True)
    return api.page(newest, key=_place, show=_shown, newest_first=True)


def _place(touchpoint: Touchpoint) -> str:
    return f"{touchpoint.at.astimezone(UTC).isoformat()} {touchpoint.key}"


def show_attribution(api: Api) -> dict[str, Any]:
    """Show what channels and campaigns have earned over the deals that were won, and each conversion's part in it.

    Raises:
        RequestRejectedError: a parameter is wrong.
    """
    query = api.query()
    model: Model = query.get("model", "linear")
    since, until = _moment(query, "from"), _moment(query, "to")
    found = journeys(runtime.hub(), api.caller().workspace_id, since=since, until=until)
    effects = channel_effects(found.all) if model == "markov" else {}
    return {
        "model": model,
        "isWhole": found.is_whole,
        "value": total([each.journey.value for each in found.conversions]),
        "unattributed": total([str(each.fields.get("amount") or "0") for each in found.unattributed]),
        "channels": [_total(each) for each in earned(model, found.all, by="channel")],
        "campaigns": [_total(each) for each in earned(model, found.all, by="campaign")],
        "conversions": [
            {
                "dealId": each.deal.record_id,
                "value": each.journey.value,
                "people": list(each.people),
                "credits": _credits(model, each.journey, effects),
            }
            for each in found.conversions
        ],
    }


def _total(each: Earned) -> dict[str, Any]:
    return {
        "name": each.name,
        "amount": each.amount,
        "touchpoints": each.touchpoints,
        "conversions": each.conversions,
    }


def _credits(model: Model, journey: Journey, effects: Mapping[str, Fraction]) -> list[dict[str, Any]]:
    return [
        {
            "channel": each.touchpoint.channel,
            "campaign": each.touchpoint.campaign,
            "at": each.touchpoint.at.isoformat(),
            "amount": each.amount,
        }
        for each in credits_of(model, journey, effects=effects)
    ]


def _shares(record: Record, touchpoints: tuple[Touchpoint, ...]) -> dict[str, list[str]]:
    """Return, by model, the percent that each touchpoint would get of a conversion now."""
    journey = Journey(touchpoints, ALL_OF_IT, lead_at=record.created_at)
    effects = channel_effects([journey])
    return {model: [each.amount for each in credits_of(model, journey, effects=effects)] for model in MODELS}


def _person(api: Api, integration_id: str, name: str, entities: tuple[Entity, ...]) -> Record:
    """Return the lead or contact that a body names, by our id or by the CRM's own."""
    hub, integration, given = runtime.hub(), api.integration(integration_id), str(api.body()[name])
    for entity in entities:
        ids = hub.records.find_external(integration.workspace_id, integration_id, entity, [given])
        if given in ids:
            given = ids[given]
            break
    try:
        return survivor(hub, integration.workspace_id, given)
    except NotFoundError as error:
        raise NotFoundError(str(error), field=name, next_step=error.next_step) from error


def _touchpoint(given: Mapping[str, Any], record: Record, body: Mapping[str, Any], place: int) -> Touchpoint:
    told = {
        **{name: body[name] for name in ("source", "campaign", "postId", "conversationId") if name in body},
        **given,
    }
    at = _moment(told, "at", where=f"touchpoints[{place}].at") or runtime.hub().now()
    content = "\n".join(f"{name}={told[name]}" for name in sorted(told))
    channel = str(told.get("channel") or told.get("platform") or told.get("source") or NO_CHANNEL)
    return Touchpoint(
        record_id=record.record_id,
        key=f"attribution:{told.get('id') or digest(content)}",
        at=at,
        channel=channel.strip().casefold() or NO_CHANNEL,
        kind=told.get("kind", "other"),
        campaign=told.get("campaign", ""),
        source=told.get("source", ""),
        post_id=told.get("postId", ""),
        conversation_id=told.get("conversationId", ""),
        sentiment=told.get("sentiment", ""),
    )


def _moment(given: Mapping[str, Any], name: str, *, where: str = "") -> datetime | None:
    text = given.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1970 <= found.year <= 9000:
        at = where or name
        raise RequestRejectedError(
            f"{at} must be a time with its offset", field=at, next_step=f"send {at} as 2026-03-01T09:00:00Z"
        )
    return found


def _shown(touchpoint: Touchpoint) -> dict[str, Any]:
    return _camel({name: each for name, each in touchpoint_to_json(touchpoint).items() if name != "key"})


def _camel(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name.split("_")[0] + "".join(part.title() for part in name.split("_")[1:]): row[name] for name in row}
