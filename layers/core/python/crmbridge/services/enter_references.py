"""Find what an entered record refers to, or enter it first: a deal's company and contacts, a contact's company."""

from __future__ import annotations

from crmbridge.domain.records import PREFIXES, Entity, Fields, Record
from crmbridge.errors import NotFoundError
from crmbridge.services.enter_records import Entry, enter_one, reference_key
from crmbridge.services.hub import Hub
from crmbridge.services.read_records import find_by_key


def known_id(hub: Hub, workspace_id: str, entity: Entity, record_id: str, *, at: str) -> str:
    """Return the id of a live record, that of its survivor where it became part of another.

    Raises:
        NotFoundError: the workspace has no such record of this entity.
    """
    record = hub.records.get_many(workspace_id, [record_id]).get(record_id)
    if record is not None and record.merged_into:
        record = hub.records.get_many(workspace_id, [record.merged_into]).get(record.merged_into)
    if record is None or record.entity != entity or record.deleted_at is not None:
        raise NotFoundError(
            f"there is no {entity} {record_id[:60]!r}",
            field=at,
            next_step=f"send a record id that begins with {PREFIXES[entity]}_",
        )
    return record.record_id


def company_id(hub: Hub, workspace_id: str, fields: Fields, *, email: str, by: str) -> str:
    """Return the id of a company, entered first where the hub has none.

    It is known by its web domain; without one by its name, among those entered through the API before, and the one
    whose domain is that of the person's e-mail address.

    Args:
        fields: ``domain`` and ``name``; at least one of them.
        email: of the person who works there; empty for nobody.

    Raises:
        RequestRejectedError: several companies could be meant.
        ConflictError: the company kept moving; try again.
    """
    domain, name = fields.get("domain"), fields.get("name")
    if isinstance(domain, str):
        found = find_by_key(hub, workspace_id, "company", {"domain": domain})
        if found:
            return found[0].record_id
        return _entered(hub, workspace_id, "company", Entry(fields), by=by)
    there = find_by_key(hub, workspace_id, "company", {"domain": email.partition("@")[2]}) if "@" in email else []
    same = [each for each in there if _is_called(each, name)]
    reference = f"name:{str(name).casefold()}"
    held = hub.documents.get(*reference_key(workspace_id, "company", reference))
    if held is not None and not same:
        named = hub.records.get_many(workspace_id, [held.body["record_id"]]).values()
        same = [each for each in named if each.deleted_at is None]
    if same:
        return same[0].merged_into or same[0].record_id
    return _entered(hub, workspace_id, "company", Entry(fields, reference=reference), by=by)


def contact_id(hub: Hub, workspace_id: str, fields: Fields, *, by: str) -> str:
    """Return the id of a contact, known by e-mail address or entered first; one that is there is not changed.

    Raises:
        RequestRejectedError: several contacts could be meant.
        ConflictError: the contact kept moving; try again.
    """
    email = fields.get("email")
    if isinstance(email, str):
        found = find_by_key(hub, workspace_id, "contact", {"email": email})
        if len(found) == 1:
            return found[0].record_id
    return _entered(hub, workspace_id, "contact", Entry(fields), by=by)


def _entered(hub: Hub, workspace_id: str, entity: Entity, entry: Entry, *, by: str) -> str:
    record = enter_one(hub, workspace_id, entity, entry, by=by).record
    return "" if record is None else record.record_id


def _is_called(record: Record, name: object) -> bool:
    known = record.fields.get("name")
    return isinstance(known, str) and isinstance(name, str) and known.casefold() == name.casefold()
