"""E-mails, visits, forms, calls and meetings: each kind to its one place in every CRM."""

from __future__ import annotations

from typing import Any, Literal

from crmbridge.domain.records import Entity, Record
from crmbridge.domain.workflows.interactions import activity_of, kind_of, meeting_of
from crmbridge.domain.workflows.people import Person, person_of, profile_fields, told_of
from crmbridge.domain.workflows.rules import INTERACTIONS
from crmbridge.errors import RequestRejectedError
from crmbridge.services._event_desk import Desk, Done
from crmbridge.services._event_people import contact_for, find_person, give_name, own_name
from crmbridge.services._social_events import touched
from crmbridge.services.hub import load_integrations

CHANNELS = {"email_sent": "email", "email_opened": "email", "link_clicked": "email", "call": "phone"}
"""Where an interaction happens that names no platform; on the web site otherwise."""

NO_TIMELINE = "a lead has no timeline here: only its touchpoint and engagement were noted"


def take_interaction(desk: Desk) -> Done:
    """Show an interaction in every CRM's timeline, and count it for the person's engagement.

    Raises:
        RequestRejectedError: nothing tells who it is, or several could be meant.
    """
    data, who = desk.data, _person(desk)
    found = find_person(desk, who)
    channel = data.get("platform") or CHANNELS.get(desk.event.type, "website")
    if found is not None and found.entity == "lead":
        touched(desk, found, channel=channel)
        return Done(records=(found.record_id,), words=NO_TIMELINE)
    contact = contact_for(desk, who)
    kind = kind_of(desk.event.type, desk.section(INTERACTIONS))
    shown = activity_of(desk.event.type, data, kind=kind, at=desk.at) | {"contacts": (contact.record_id,)}
    activity = desk.enter("activity", shown, reference=f"event:{desk.event.event_id}")
    touched(desk, contact, channel=channel)
    return Done(records=(contact.record_id, activity.record_id))


def take_form(desk: Desk) -> Done:
    """Make a lead or contact of whoever sent a form, or add what it tells to the one there is.

    Raises:
        RequestRejectedError: nothing tells who it is, or several could be meant.
    """
    data, who = desk.data, _person(desk)
    found = find_person(desk, who)
    if found is None:
        record = _enter(desk, who, _entity(desk, desk.section(INTERACTIONS)["formSubmitted"]), {})
    else:
        record = _enter(desk, who, found.entity, dict(found.fields), record_id=found.record_id)
    touched(desk, record, channel=data.get("platform", "website"))
    return Done(records=(record.record_id,))


def _enter(desk: Desk, who: Person, entity: Entity, present: dict[str, Any], *, record_id: str = "") -> Record:
    data = desk.data
    fields = told_of(who, present)
    source = {"lead_source": data.get("source", "website form")}
    source |= {"lead_status": "new"} if entity == "lead" else {}
    told = {"jobTitle": "job_title", "text": "description"}
    more = {name: data[key] for key, name in told.items() if key in data} | source
    more |= {"company_name": who.company} if who.company and entity == "lead" else {}
    fields |= {name: value for name, value in more.items() if not present.get(name)}
    if entity == "contact":
        return contact_for(desk, who, fields)
    name = "" if record_id else own_name(desk, who)
    return desk.enter(entity, fields | profile_fields(who), record_id=record_id, reference=name)


def _entity(desk: Desk, wanted: Literal["auto", "lead", "contact"] = "auto") -> Entity:
    """Return what a person who is new becomes: by itself a lead where any connected CRM knows leads."""
    if wanted != "auto":
        return wanted
    integrations = load_integrations(desk.hub, desk.workspace_id).values()
    knows = any(each.rule("lead").enabled and each.status != "pending" for each in integrations)
    return "lead" if knows else "contact"


def take_meeting(desk: Desk) -> Done:
    """Enter a meeting that was arranged, moved or cancelled; the latest word counts.

    Raises:
        RequestRejectedError: nothing tells whom it is with, or several could be meant.
    """
    contact = contact_for(desk, _person(desk))
    name = f"meeting:{desk.data['id']}"
    kind = desk.section(INTERACTIONS)["meeting"]
    fields = {**meeting_of(desk.data), "kind": kind, "contacts": (contact.record_id,)}
    with desk.alone(name):
        fresh = desk.news(name, fields)
        held = desk.enter("activity", fresh, reference=name) if fresh else desk.named("activity", name)[1]
    touched(desk, contact, channel=desk.data.get("platform", "meeting"))
    return Done(records=(contact.record_id, *([held.record_id] if held else [])))


_LEAD = {
    "email": "email",
    "phone": "phone",
    "firstName": "first_name",
    "lastName": "last_name",
    "jobTitle": "job_title",
    "status": "lead_status",
    "source": "lead_source",
    "text": "description",
    "owner": "owner",
}
_SOCIAL = {"platform": "x_social_platform", "sentiment": "x_social_sentiment", "score": "x_social_engagement_score"}


def take_lead(desk: Desk) -> Done:
    """Enter what became of a lead; a contact where no connected CRM knows leads. The latest word counts.

    Raises:
        RequestRejectedError: nothing tells who it is, or several could be meant.
    """
    data, who = desk.data, _person(desk)
    name = f"lead:{data['id']}" if "id" in data else ""
    if not (name or who.is_known_somehow):
        raise RequestRejectedError(
            "nothing tells which lead this is", field="data", next_step="send id, recordId, email or phone"
        )
    held = [desk.named(each, name)[1] for each in ("lead", "contact")] if name else []
    found = next((each for each in held if each is not None), None)
    found = found or find_person(desk, who, entities=("lead", "contact"))
    entity: Entity = _entity(desk) if found is None else found.entity
    said = {name: data[key] for key, name in {**_LEAD, **_SOCIAL}.items() if key in data}
    if "company" in data and entity == "lead":
        said["company_name"] = data["company"]
    thing = name or f"lead:{who.email or who.phone or who.handle or who.record_id}"
    with desk.alone(thing):
        fresh = desk.news(thing, said)
        if found is not None:
            record = desk.enter(entity, fresh, record_id=found.record_id) if fresh else found
        elif entity == "contact" and who.is_known_somehow:
            record = contact_for(desk, who, fresh)
            if name:
                give_name(desk, name, record)
        else:
            record = desk.enter(entity, told_of(who, {}) | fresh, reference=name or own_name(desk, who))
    return Done(records=(record.record_id,))


def _person(desk: Desk) -> Person:
    return person_of(desk.data, platform=desk.data.get("platform", ""))
