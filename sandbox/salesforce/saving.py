"""Creating and updating records, the whole order of execution of one save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.salesforce.actors import Actor
from sandbox.salesforce.errors import SalesforceError, entity_is_deleted, not_found, required_missing
from sandbox.salesforce.given import Writer
from sandbox.salesforce.grants import check_grant
from sandbox.salesforce.journal import Change
from sandbox.salesforce.org import Org
from sandbox.salesforce.rules import apply_rules
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.tables import Row
from sandbox.salesforce.uniqueness import check_assignment, check_duplicate_rules, check_unique

_READ_ONLY_FOR_API = frozenset({"User", "Group"})


def create(writer: Writer, sobject: SObject, body: Mapping[str, Any]) -> str:
    """Store a new record and return its id.

    Raises:
        SalesforceError: the vendor's refusal; nothing was stored.
    """
    org = writer.org
    check_writable(sobject, writer.actor, "create")
    given = writer.given(sobject, body, creating=True)
    row: Row = {"Id": "", **_defaults(sobject, writer.actor), **given}
    for name, value in given.items():
        if value is None and sobject.fields[name].defaulted:
            row[name] = _defaults(sobject, writer.actor).get(name)
    missing = [made.name for made in sobject.fields.values() if made.is_required and row.get(made.name) is None]
    if missing:
        raise required_missing(missing)
    apply_rules(org, sobject.name, row, given, before=None, actor=writer.actor)
    _check(org, sobject, row, before=None, actor=writer.actor)
    check_lock(org, row)
    row["Id"] = org.mint.mint(sobject.prefix)
    actor = late(org, writer.actor)
    moment = org.stamp_for(actor)
    row = {
        **row,
        "CreatedDate": given.get("CreatedDate") or moment,
        "CreatedById": actor.user_id,
        "LastModifiedDate": given.get("LastModifiedDate") or moment,
        "LastModifiedById": actor.user_id,
        "SystemModstamp": moment,
    }
    org.store(Change("CREATE", org.tables[sobject.name], None, row, actor))
    return str(row["Id"])


def update(
    writer: Writer, sobject: SObject, record_id: str, body: Mapping[str, Any], *, automated: bool = False
) -> None:
    """Change a record.

    Args:
        writer: who, and how values are spelt.
        sobject: the record's object.
        record_id: 18 characters.
        body: the fields to change.
        automated: move ``SystemModstamp`` only, as the org's own processes do.

    Raises:
        SalesforceError: the vendor's refusal; nothing was stored.
    """
    org = writer.org
    check_writable(sobject, writer.actor, "update")
    before = existing(org, sobject, record_id)
    given = writer.given(sobject, body, creating=False)
    emptied = [
        name
        for name, value in given.items()
        if value is None and not sobject.fields[name].nillable and sobject.fields[name].type != "boolean"
    ]
    if emptied:
        raise required_missing(emptied)
    row = {**before, **given}
    apply_rules(org, sobject.name, row, given, before=before, actor=writer.actor)
    _check(org, sobject, row, before=before, actor=writer.actor)
    check_lock(org, row)
    actor = late(org, writer.actor)
    row["SystemModstamp"] = org.stamp_for(actor)
    if not automated:
        row["LastModifiedDate"], row["LastModifiedById"] = row["SystemModstamp"], actor.user_id
    org.store(Change("UPDATE", org.tables[sobject.name], before, row, actor))


def existing(org: Org, sobject: SObject, record_id: str) -> Row:
    """Return a live row.

    Raises:
        SalesforceError: NOT_FOUND, or ENTITY_IS_DELETED while it is in the recycle bin.
    """
    row = org.tables[sobject.name].get(record_id)
    if row is None:
        raise not_found()
    if row.get("IsDeleted"):
        raise entity_is_deleted()
    return row


def check_writable(sobject: SObject, actor: Actor, verb: str) -> None:
    """Refuse to write an object the API may only read.

    Raises:
        SalesforceError: INVALID_TYPE_FOR_OPERATION.
    """
    if actor.by_api and (sobject.read_only or sobject.name in _READ_ONLY_FOR_API):
        message = f"entity type {sobject.name} does not support {verb}"
        raise SalesforceError("INVALID_TYPE_FOR_OPERATION", message)


def check_lock(org: Org, row: Row) -> None:
    """Fail as many writes as the switch asks for, as if the row or its account were locked.

    Raises:
        SalesforceError: UNABLE_TO_LOCK_ROW.
    """
    locks = org.switches.lock_rows
    if not locks or locks.get("count", 1) == 0:
        return
    touched = [each for each in (row.get("AccountId"), row.get("Id")) if each]
    wanted = locks.get("ids")
    if wanted is not None and not set(touched) & set(wanted):
        return
    if locks.get("count", 1) is not None:
        locks["count"] = locks.get("count", 1) - 1
    message = f"unable to obtain exclusive access to this record or 1 records: {','.join(touched[:1])}"
    raise SalesforceError("UNABLE_TO_LOCK_ROW", message, fields=[])


def late(org: Org, actor: Actor) -> Actor:
    """Return the actor as one whose transaction began earlier, while the switch asks for it."""
    wanted = org.switches.late_commits
    if not wanted or wanted.get("count", 1) <= 0:
        return actor
    wanted["count"] = wanted.get("count", 1) - 1
    return replace(actor, began_s_ago=float(wanted.get("delay_s", 240)))


def _defaults(sobject: SObject, actor: Actor) -> Row:
    row: Row = {
        made.name: made.default for made in sobject.fields.values() if made.defaulted and made.default is not None
    }
    if "OwnerId" in sobject.fields:
        row["OwnerId"] = actor.user_id
    return row


def _check(org: Org, sobject: SObject, row: Row, *, before: Row | None, actor: Actor) -> None:
    table = org.tables[sobject.name]
    if sobject.name == "PermissionSetAssignment":
        check_assignment(table, row)
    if sobject.name == "FieldPermissions":
        check_grant(org, row)
    check_unique(table, row)
    check_duplicate_rules(org, sobject, row, before=before, actor=actor)
