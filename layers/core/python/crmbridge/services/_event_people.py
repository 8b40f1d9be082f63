"""Find the people that events are about, or enter them first."""

from __future__ import annotations

from contextlib import suppress

from crmbridge.domain.records import Entity, Fields, Record
from crmbridge.domain.workflows.people import Person, profile_fields, told_of
from crmbridge.errors import ConflictError, NotFoundError, RequestRejectedError
from crmbridge.ports import Document
from crmbridge.services._customer_ledger import take_over
from crmbridge.services._event_desk import Desk
from crmbridge.services.enter_records import reference_key
from crmbridge.services.enter_references import company_id, known_id
from crmbridge.services.read_records import find_by_key


def find_person(desk: Desk, person: Person, *, entities: tuple[Entity, ...] = ("contact", "lead")) -> Record | None:
    """Return the one contact or lead that a person is, in this order; ``None`` where nobody or several are meant.

    Raises:
        NotFoundError: the sender named a record, and there is none.
    """
    if person.record_id:
        return _of_id(desk, person, entities)
    for entity in entities:
        record = _known_by_name(desk, person, entity) or _known_by_key(desk, person, entity)
        if record is not None:
            return record
    return None


def contact_for(desk: Desk, person: Person, more: Fields | None = None) -> Record:
    """Return the contact that a person is, found or made, with what the event adds to it.

    Args:
        more: custom fields to set whatever they were.

    Raises:
        RequestRejectedError: nothing tells who it is, or several could be meant.
        NotFoundError: the sender named a record, and there is none; or only a number that nobody knows yet.
    """
    if not person.is_known_somehow:
        raise RequestRejectedError(
            "nothing tells whom this is about", field="data", next_step="send an e-mail address or a telephone number"
        )
    present = find_person(desk, person, entities=("contact",))
    told = told_of(person, {} if present is None else present.fields) | dict(more or {})
    if present is None and not (person.email or person.phone or person.handle):
        raise NotFoundError(
            f"nobody has told of the customer {person.customer_id[:60]!r} yet",
            field="data.id" if desk.event.type == "customer.updated" else "data.customerId",
            next_step="send an e-mail address or a telephone number as well",
        )
    if person.company and (present is None or not present.fields.get("company")):
        name = {"name": person.company}
        told["company"] = company_id(desk.hub, desk.workspace_id, name, email=person.email, by=desk.by)
    first = next(iter(person.references), "")
    if present is None:
        record = desk.enter("contact", told, reference=first or own_name(desk, person))
    else:
        if first:
            give_name(desk, first, present)
        record = desk.enter("contact", told, record_id=present.record_id) if told else present
    return _with_profile(desk, person, record)


def own_name(desk: Desk, person: Person) -> str:
    """Return a name for somebody whom nothing tells from others, so that the same event makes them once."""
    return "" if person.email or person.phone.startswith("+") else f"event:{desk.event.event_id}"


def _with_profile(desk: Desk, person: Person, record: Record) -> Record:
    """Enter the social profile as the latest event saw it."""
    profile = profile_fields(person)
    if not profile:
        return record
    with desk.alone(f"person#{record.record_id}"):
        fresh = desk.news(f"person#{record.record_id}", profile)
        return desk.enter("contact", fresh, record_id=record.record_id) if fresh else record


def give_name(desk: Desk, reference: str, record: Record) -> None:
    """Let a new name stand for somebody who was found otherwise; a name that stands for somebody stays theirs."""
    pk, sk = reference_key(desk.workspace_id, "contact", reference)
    if desk.hub.documents.get(pk, sk) is None:
        with suppress(ConflictError):
            desk.hub.documents.put(Document(pk, sk, {"record_id": record.record_id}))


def _of_id(desk: Desk, person: Person, entities: tuple[Entity, ...]) -> Record | None:
    entity: Entity = "lead" if person.record_id.startswith("lea_") and "lead" in entities else "contact"
    return desk.live(known_id(desk.hub, desk.workspace_id, entity, person.record_id, at="data.recordId"))


def _known_by_name(desk: Desk, person: Person, entity: Entity) -> Record | None:
    if entity != "contact":
        return None
    for each in person.references:
        record = known_now(desk, desk.named(entity, each)[0])
        if record is not None:
            return record
    return None


def known_now(desk: Desk, record_id: str) -> Record | None:
    """Return a contact that was known once; one that became part of another has its payments and bookings there."""
    record = desk.live(record_id) if record_id else None
    if record is not None and record.record_id != record_id:
        take_over(desk, record_id, record.record_id)
    return record


def _known_by_key(desk: Desk, person: Person, entity: Entity) -> Record | None:
    """Return who has the e-mail address; else who alone has the number, unless they are called otherwise."""
    if person.email:
        found = find_by_key(desk.hub, desk.workspace_id, entity, {"email": person.email})
        if len(found) == 1:
            return found[0]
    if not person.phone.startswith("+"):
        return None
    found = find_by_key(desk.hub, desk.workspace_id, entity, {"phone": person.phone})
    fits = [each for each in found if _may_be(each, person)]
    return fits[0] if len(fits) == 1 else None


def _may_be(record: Record, person: Person) -> bool:
    told = {"email": person.email, "last_name": person.last_name, "first_name": person.first_name}
    known = {name: record.fields.get(name) for name in told}
    return not any(
        value and isinstance(known[name], str) and str(known[name]).casefold() != value.casefold()
        for name, value in told.items()
    )
