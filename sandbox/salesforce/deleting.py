"""Deleting and restoring: the recycle bin, and what goes with a parent."""

from __future__ import annotations

from sandbox.salesforce.actors import Actor
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.journal import Change, Kind
from sandbox.salesforce.org import Org
from sandbox.salesforce.saving import check_lock, check_writable, existing, late
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.tables import Row

_GOES_ALONG = {
    "Account": (("Contact", "AccountId"), ("Opportunity", "AccountId")),
    "Contact": (("OpportunityContactRole", "ContactId"),),
    "Opportunity": (("OpportunityContactRole", "OpportunityId"),),
}


def delete(org: Org, sobject: SObject, record_id: str, actor: Actor) -> None:
    """Put a record and what belongs to it into the recycle bin.

    Raises:
        SalesforceError: NOT_FOUND, ENTITY_IS_DELETED, DELETE_FAILED.
    """
    check_writable(sobject, actor, "delete")
    row = existing(org, sobject, record_id)
    check_lock(org, row)
    actor = late(org, actor)
    if not sobject.recycles:
        _remove(org, sobject, row, actor)
        return
    if sobject.name == "Account":
        _check_won(org, row)
    for name, by in _GOES_ALONG.get(sobject.name, ()):
        for child in children(org, name, by, record_id):
            delete(org, org.objects[name], child["Id"], actor)
    if org.row(sobject.name, record_id) is not None:
        move(org, sobject, row, actor, kind="DELETE", changes={"IsDeleted": True})


def undelete(org: Org, sobject: SObject, record_id: str, actor: Actor) -> None:
    """Take a record out of the recycle bin, alone.

    Raises:
        SalesforceError: NOT_FOUND, or UNDELETE_FAILED if it is not deleted.
    """
    row = org.tables[sobject.name].get(record_id)
    if row is None or not row.get("IsDeleted"):
        raise SalesforceError("UNDELETE_FAILED", "Entity is not in the recycle bin", fields=[])
    move(org, sobject, row, actor, kind="UNDELETE", changes={"IsDeleted": False})


def move(
    org: Org,
    sobject: SObject,
    before: Row,
    actor: Actor,
    *,
    kind: Kind,
    changes: Row,
    edited: bool = True,
) -> None:
    """Store a changed row as the org's own doing, without asking any rule."""
    moment = org.stamp_for(actor)
    row = {**before, **changes, "SystemModstamp": moment}
    if edited:
        row["LastModifiedDate"], row["LastModifiedById"] = moment, actor.user_id
    org.store(Change(kind, org.tables[sobject.name], before, row, actor))


def children(org: Org, name: str, by: str, record_id: str) -> list[Row]:
    """Return live rows of ``name`` that point to a record."""
    found = (org.row(name, each) for each in list(org.tables[name].ids_by(by, record_id)))
    return [row for row in found if row is not None]


def _remove(org: Org, sobject: SObject, row: Row, actor: Actor) -> None:
    move(org, sobject, row, actor, kind="DELETE", changes={"IsDeleted": True})


def _check_won(org: Org, row: Row) -> None:
    won = [each for each in children(org, "Opportunity", "AccountId", row["Id"]) if each.get("IsWon")]
    if won:
        names = ", ".join(str(each["Name"]) for each in won)
        message = (
            f"Your attempt to delete {row['Name']} could not be completed because some opportunities in this "
            f"account were closed won. The opportunities cannot be deleted: {names}"
        )
        raise SalesforceError("DELETE_FAILED", message, fields=[])
