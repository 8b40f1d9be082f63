"""Conversations, messages and what people do with posts: contacts, timelines, touchpoints, engagement."""

from __future__ import annotations

from crmbridge.domain.keys import digest
from crmbridge.domain.records import Record, Value
from crmbridge.domain.social.touchpoints import Touchpoint
from crmbridge.domain.workflows.engagement import TOUCH_OF, engagement_fields
from crmbridge.domain.workflows.interactions import activity_of
from crmbridge.domain.workflows.people import person_of
from crmbridge.domain.workflows.rules import ENGAGEMENT, EngagementRules, engagement_rules
from crmbridge.errors import NotFoundError
from crmbridge.ports import Document
from crmbridge.services._event_desk import Desk, Done
from crmbridge.services._event_people import contact_for, find_person
from crmbridge.services.touchpoints import record_touchpoints, touchpoints_of

NOBODY = "nobody is known by this, and seeing or clicking makes nobody known"


def take_conversation(desk: Desk) -> Done:
    """Find or make the contact, add the social profile, and link the conversation.

    Raises:
        RequestRejectedError: nothing tells who takes part, or several contacts could be meant.
    """
    data = desk.data
    contact = contact_for(desk, person_of(data["participant"], platform=data["platform"]))
    _link(desk, contact)
    said: dict[str, Value] = {"x_social_platform": data["platform"], "x_social_conversation_id": data["id"]}
    if "sentiment" in data:
        said["x_social_sentiment"] = data["sentiment"]
    with desk.alone(f"person#{contact.record_id}"):
        fresh = desk.news(f"person#{contact.record_id}", said)
        if fresh:
            desk.enter("contact", fresh, record_id=contact.record_id)
    return Done(records=(contact.record_id,))


def take_message(desk: Desk) -> Done:
    """Show a message in the CRMs' timelines; one that came from the person counts for their engagement.

    Raises:
        NotFoundError: nobody has told of the conversation yet, and the message does not say whose it is.
    """
    data = desk.data
    contact = _of_conversation(desk)
    name = f"message:{data['platform']}:{data['conversationId']}:{data['id']}"
    direction = "inbound" if desk.event.type == "message.received" else "outbound"
    shown = activity_of(desk.event.type, {**data, "direction": direction}, kind="task", at=desk.at)
    activity = desk.enter("activity", {**shown, "contacts": (contact.record_id,)}, reference=name)
    touched(desk, contact, channel=data["platform"])
    return Done(records=(contact.record_id, activity.record_id))


def take_post(desk: Desk) -> Done:
    """Note what somebody did with a post as a touchpoint of the lead or contact they are."""
    data = desk.data
    person = person_of(data["user"], platform=data["platform"])
    found = find_person(desk, person, entities=("lead", "contact"))
    if found is None and data["engagement"] == "dm":
        found = contact_for(desk, person)
    if found is None:
        return Done(words=NOBODY, is_passed_over=True)
    rules = touched(desk, found, channel=data["platform"], did=data["engagement"])
    records = [found.record_id]
    if data["engagement"] in rules.timeline and found.entity == "contact":
        subject = f"{data['engagement'].upper() if data['engagement'] == 'dm' else data['engagement'].capitalize()}"
        told = {"subject": f"{subject} on {data['platform']}", **data}
        shown = activity_of("social_engagement", told, kind="task", at=desk.at)
        name = f"event:{desk.event.event_id}"
        shown["contacts"] = (found.record_id,)
        records.append(desk.enter("activity", shown, reference=name).record_id)
    return Done(records=tuple(records))


def touched(desk: Desk, record: Record, *, channel: str, did: str = "") -> EngagementRules:
    """Note a touchpoint, and enter how engaged the person is by now.

    Args:
        record: the lead or contact.
        channel: where it happened.
        did: what they did; what the event is by default.
    """
    data, rules = desk.data, engagement_rules(desk.section(ENGAGEMENT))
    kind = TOUCH_OF.get(did or desk.event.type)
    with desk.alone(f"engagement#{record.record_id}"):
        if kind is not None:
            touchpoint = Touchpoint(
                record_id=record.record_id,
                key=f"{desk.event.type}:{desk.event.event_id}",
                at=desk.event.at,
                channel=channel.casefold(),
                kind=kind,
                campaign=data.get("campaign", ""),
                source=data.get("source", ""),
                post_id=data.get("postId", ""),
                conversation_id=data.get("conversationId", ""),
                sentiment=data.get("sentiment", ""),
                followers=_followers(desk),
                profile_url=_profile(desk).get("url", ""),
            )
            record_touchpoints(desk.hub, desk.workspace_id, [touchpoint])
        all_of = touchpoints_of(desk.hub, desk.workspace_id, record.record_id)
        fields = engagement_fields(all_of, rules, now=desk.hub.now())
        desk.enter(record.entity, fields, record_id=record.record_id)
    return rules


def _profile(desk: Desk) -> dict[str, str]:
    return desk.data.get("user") or desk.data.get("participant") or {}


def _followers(desk: Desk) -> int | None:
    told = _profile(desk).get("followers")
    return None if told is None else int(told)


def _link(desk: Desk, contact: Record) -> None:
    """Note whose a conversation is; the contact it was linked with first keeps it."""
    pk, sk = _conversation(desk, desk.data["platform"], desk.data["id"])
    if desk.hub.documents.get(pk, sk) is None:
        desk.hub.documents.put(Document(pk, sk, {"record_id": contact.record_id}), unconditionally=True)


def _of_conversation(desk: Desk) -> Record:
    """Return the contact of a message's conversation, by the message's own words where nobody told of it before."""
    data = desk.data
    held = desk.hub.documents.get(*_conversation(desk, data["platform"], data["conversationId"]))
    record = None if held is None else desk.live(str(held.body["record_id"]))
    if record is not None:
        return record
    if "participant" not in data:
        raise NotFoundError(
            f"nobody has told of the conversation {data['conversationId'][:60]!r} yet",
            field="data.conversationId",
            next_step="send data.participant as well, or conversation.created first",
        )
    return contact_for(desk, person_of(data["participant"], platform=data["platform"]))


def _conversation(desk: Desk, platform: str, conversation_id: str) -> tuple[str, str]:
    return f"{desk.workspace_id}#CONVERSATION", digest(f"{platform.casefold()}#{conversation_id}")
