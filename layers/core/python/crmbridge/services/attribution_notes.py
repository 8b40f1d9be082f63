"""What attribution shows in the CRMs: custom fields where the workspace has them, else one note kept up to date."""

from __future__ import annotations

from collections.abc import Sequence

from crmbridge.domain.integrations import Integration
from crmbridge.domain.records import Record, Value
from crmbridge.domain.social.profiles import mood, primary_channel
from crmbridge.domain.social.touchpoints import Touchpoint
from crmbridge.domain.workflows.engagement import engagement_fields
from crmbridge.domain.workflows.rules import ENGAGEMENT, engagement_rules
from crmbridge.services.enrich import known_fields
from crmbridge.services.enter_records import Entered, Entry, enter_one
from crmbridge.services.hub import Hub
from crmbridge.services.workspace_settings import load_section

LINES_MAX = 20
"""Touchpoints that a note lists, the latest."""


def show_in_crms(
    hub: Hub, integration: Integration, record: Record, touchpoints: Sequence[Touchpoint], *, source: str, by: str
) -> tuple[Entered, tuple[str, ...], str]:
    """Enter what touched a lead or contact; from the hub it goes to every CRM.

    Args:
        integration: decides between fields and a note.
        record: the lead or contact.
        touchpoints: all of theirs, as they happened.
        source: where the lead came from; kept where nobody has said any, empty for unknown.
        by: who says it.

    Returns:
        What became of the record, the names of fields that no integration has, and the note's id, empty without one.
    """
    rules = engagement_rules(load_section(hub, record.workspace_id, ENGAGEMENT))
    wanted: dict[str, Value] = {**engagement_fields(tuple(touchpoints), rules, now=hub.now())}
    wanted |= _ends(touchpoints)
    fields, ignored = known_fields(hub, record, wanted)
    if source and record.fields.get("lead_source") is None:
        fields["lead_source"] = source
    entered = enter_one(hub, record.workspace_id, record.entity, Entry(fields, record.record_id), by=by)
    note = "" if _has_fields(integration, record) else _note(hub, integration, record, touchpoints, by=by)
    return entered, ignored, note


def _ends(touchpoints: Sequence[Touchpoint]) -> dict[str, Value]:
    if not touchpoints:
        return {}
    first, last = touchpoints[0], touchpoints[-1]
    told: dict[str, Value] = {
        "x_social_platform": primary_channel(touchpoints),
        "x_attribution_first": _named(first),
        "x_attribution_last": _named(last),
    }
    conversations = [each.conversation_id for each in touchpoints if each.conversation_id]
    told |= {"x_social_conversation_id": conversations[-1]} if conversations else {}
    return told | ({"x_social_sentiment": mood(touchpoints)} if mood(touchpoints) else {})


def _named(touchpoint: Touchpoint) -> str:
    return " / ".join(each for each in (touchpoint.channel, touchpoint.campaign) if each)


def _has_fields(integration: Integration, record: Record) -> bool:
    """Tell whether an integration shows any of this in fields of its own."""
    names = ("x_social_", "x_attribution_")
    return any(each.entity == record.entity and each.name.startswith(names) for each in integration.custom_fields)


def _note(hub: Hub, integration: Integration, record: Record, touchpoints: Sequence[Touchpoint], *, by: str) -> str:
    """Keep one note with a contact up to date, where the CRM has notes; a lead has no timeline here."""
    places = hub.connectors.declaration(integration.crm).supports.activity_places
    if record.entity != "contact" or "note" not in places or not touchpoints:
        return ""
    lines = [f"{each.at:%Y-%m-%d %H:%M} UTC: {each.kind}, {_named(each)}" for each in touchpoints[-LINES_MAX:][::-1]]
    text = f"Touchpoints ({len(touchpoints)})\n" + "\n".join(lines)
    fields: dict[str, Value] = {
        "kind": "note",
        "description": text,
        "starts_at": touchpoints[-1].at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "status": "completed",
        "contacts": (record.record_id,),
    }
    entry = Entry(fields, reference=f"attribution:{record.record_id}")
    entered = enter_one(hub, record.workspace_id, "activity", entry, by=by)
    return "" if entered.record is None else entered.record.record_id
