"""Actions and functions: merging, qualifying, closing, writing many rows at once.

Source: Dataverse Web API action reference; bulk operations; merge table rows using the Web API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from sandbox.dynamics.errors import DataverseError, bad_payload, not_found
from sandbox.dynamics.key_pairs import key_pairs
from sandbox.dynamics.keys import as_guid, find_by_key
from sandbox.dynamics.org import EMPTY_ID, Change, Org, Row
from sandbox.dynamics.saving import columns_of, create, id_in, update
from sandbox.dynamics.schema import TableDef
from sandbox.dynamics.times import parsed
from sandbox.dynamics.values import as_object

Answer = dict[str, Any] | None
_TYPE = "Microsoft.Dynamics.CRM."
_BULK_MAX = 1000


def who_am_i(org: Org, by: str) -> dict[str, Any]:
    """Return who the caller is."""
    organization = next(iter(org.rows["organization"]))
    return {"BusinessUnitId": organization.replace("0", "b", 1), "UserId": by, "OrganizationId": organization}


def merge(org: Org, body: Mapping[str, Any], *, by: str) -> None:
    """Fold one row into another: the loser is switched off and points to the winner.

    Raises:
        DataverseError: no two different rows of one table that can be merged.
    """
    target, loser = as_object(body.get("Target")), as_object(body.get("Subordinate"))
    table = org.table(str(target.get("@odata.type", "")).removeprefix("#").removeprefix(_TYPE))
    winner_id, loser_id = (id_in(str(each.get(table.primary))) for each in (target, loser))
    if not table.can_merge or winner_id == loser_id:
        raise DataverseError("0x80040203", "Merge cannot be performed on these records.")
    winner, lost = org.row(table.name, winner_id), org.row(table.name, loser_id)
    if lost.get("merged") or winner.get("merged"):
        raise DataverseError("0x80040233", "Merge could not be performed: a record is merged already.")
    content = {name: value for name, value in as_object(body.get("UpdateContent") or {}).items() if "@" not in name}
    sent = columns_of(org, table, content, is_new=False)
    sent.pop(table.primary, None)
    now = {"modifiedon": org.now, "modifiedby": ("systemuser", by)}
    closed: Row = {**lost, **now, "merged": True, "masterid": (table.name, winner_id)}
    closed |= {"statecode": 2, "statuscode": 7} if table.name == "lead" else {"statecode": 1, "statuscode": 2}
    org.put(table.name, closed, by=by, message="")
    _move_children(org, table, loser_id, winner_id, by=by)
    kept: Row = {**org.row(table.name, winner_id), **sent, **now}
    org.put(table.name, kept, by=by, message="Merge", sent=sent, SubordinateId=loser_id)


def _move_children(org: Org, table: TableDef, old: str, new: str, *, by: str) -> None:
    was, becomes = (table.name, old), (table.name, new)
    for other in org.tables.values():
        for column in other.columns.values():
            if column.kind != "lookup" or column.name == "masterid":
                continue
            for row in org.where(other.name, lambda each, name=column.name: each.get(name) == was):
                moved = {**row, column.name: becomes, "modifiedon": org.now}
                org.put(other.name, moved, by=by, message="Update", sent=(column.name,))


def qualify(org: Org, lead: Row, body: Mapping[str, Any], *, by: str) -> dict[str, Any]:
    """Qualify a lead, making the rows that are asked for out of it.

    Raises:
        DataverseError: the lead is closed already, or the status is none of a qualified lead.
    """
    if lead["statecode"] != 0:
        raise DataverseError("0x80040519", "The lead is already closed.")
    if body.get("Status") != 3:
        raise DataverseError("0x80048408", "State code is invalid or status code is invalid for a specified state.")
    made = _made_of(org, lead, body, by=by)
    closed: Row = {**lead, "statecode": 1, "statuscode": 3, "modifiedon": org.now, "modifiedby": ("systemuser", by)}
    for column, table in (("parentaccountid", "account"), ("parentcontactid", "contact")):
        if table in made:
            closed[column] = (table, made[table])
    if "opportunity" in made:
        closed["qualifyingopportunityid"] = ("opportunity", made["opportunity"])
    org.put("lead", closed, by=by, message="QualifyLead", sent=("statecode", "statuscode"))
    value = [{"@odata.type": f"#{_TYPE}{name}", org.tables[name].primary: row_id} for name, row_id in made.items()]
    return {"value": value}


def _made_of(org: Org, lead: Row, body: Mapping[str, Any], *, by: str) -> dict[str, str]:
    made: dict[str, str] = {}
    if body.get("CreateAccount"):
        fields = {"name": lead.get("companyname"), "websiteurl": lead.get("websiteurl")}
        made["account"] = create(org, org.table("account"), fields, by=by)["accountid"]
    if body.get("CreateContact"):
        names = ("firstname", "lastname", "emailaddress1", "telephone1", "mobilephone", "jobtitle")
        fields = {name: lead.get(name) for name in names}
        if "account" in made:
            fields["parentcustomerid_account@odata.bind"] = f"/accounts({made['account']})"
        made["contact"] = create(org, org.table("contact"), fields, by=by)["contactid"]
    if body.get("CreateOpportunity"):
        fields = {"name": lead.get("subject"), "originatingleadid@odata.bind": f"/leads({lead['leadid']})"}
        for table, nav in (("account", "parentaccountid"), ("contact", "parentcontactid")):
            if table in made:
                fields[f"{nav}@odata.bind"] = f"/{org.table(table).set_name}({made[table]})"
        made["opportunity"] = create(org, org.table("opportunity"), fields, by=by)["opportunityid"]
    return made


def close(org: Org, body: Mapping[str, Any], *, by: str, state: int) -> None:
    """Win (1) or lose (2) an opportunity.

    Raises:
        DataverseError: no opportunity is named, it is closed already, or the status is none of that state.
    """
    table = org.table("opportunityclose")
    given = {name: value for name, value in as_object(body.get("OpportunityClose")).items() if name != "@odata.type"}
    reference = columns_of(org, table, given, is_new=True).get("opportunityid")
    if reference is None:
        raise bad_payload("OpportunityClose names no opportunity.")
    deal = org.row("opportunity", reference[1])
    if deal["statecode"] != 0:
        raise DataverseError("0x80040515", "The opportunity is already closed.")
    belongs = {each.value: each.state for each in org.table("opportunity").columns["statuscode"].options}
    status = body.get("Status")
    if status == -1:
        status = next(value for value, owner in belongs.items() if owner == state)
    if not isinstance(status, int) or belongs.get(status) != state:
        raise DataverseError("0x80048408", "State code is invalid or status code is invalid for a specified state.")
    closing = create(org, table, given, by=by, fire="")
    day = parsed(closing.get("actualend") or org.now).date().isoformat()
    worth = closing.get("actualrevenue")
    closed: Row = {**deal, "statecode": state, "statuscode": status, "actualclosedate": day, "modifiedon": org.now}
    closed["actualvalue"] = deal.get("estimatedvalue") if worth is None else worth
    closed["closeprobability"] = 100 if state == 1 else 0
    org.put("opportunity", closed | {"modifiedby": ("systemuser", by)}, by=by, message="")
    change = Change(
        table="opportunity",
        row_id=EMPTY_ID,
        before=None,
        after=None,
        message="Win" if state == 1 else "Lose",
        by=by,
        extra={"OpportunityClose": closing},
    )
    org.note(change)


# ------------------------------------------------------------------------------------------- many rows at once


def _targets(body: Mapping[str, Any], table: TableDef) -> list[dict[str, Any]]:
    targets = body.get("Targets")
    if not isinstance(targets, list) or not targets:
        raise bad_payload("Targets must hold at least one row.")
    found = [as_object(each) for each in cast("list[object]", targets)]
    if len(found) > _BULK_MAX:
        raise DataverseError("0x80044a00", f"The number of targets exceeds the limit of {_BULK_MAX}.")
    for each in found:
        if str(each.get("@odata.type", "")).removeprefix("#") != f"{_TYPE}{table.name}":
            raise bad_payload("Each target needs the @odata.type of the table.")
    return found


def create_multiple(org: Org, table: TableDef, body: Mapping[str, Any], *, by: str) -> Answer:
    """Store new rows, all or none."""
    ids = [create(org, table, each, by=by)[table.primary] for each in _targets(body, table)]
    return {"Ids": ids}


def update_multiple(org: Org, table: TableDef, body: Mapping[str, Any], *, by: str) -> Answer:
    """Change rows, all or none; each names itself by its id."""
    for each in _targets(body, table):
        row_id = as_guid(str(each.get(table.primary)))
        if row_id is None or row_id not in org.rows[table.name]:
            raise not_found(table.name, str(each.get(table.primary)))
        update(org, table, org.row(table.name, row_id), each, by=by)
    return None


def upsert_multiple(org: Org, table: TableDef, body: Mapping[str, Any], *, by: str) -> Answer:
    """Change or store rows, all or none; each names itself by ``@odata.id``."""
    for each in _targets(body, table):
        upsert(org, table, str(each.get("@odata.id", "")).partition("(")[2].removesuffix(")"), each, by=by)
    return None


def upsert(org: Org, table: TableDef, key: str, body: Mapping[str, Any], *, by: str) -> tuple[Row, bool]:
    """Change the row that a key names, or store it; tells whether it is new.

    Raises:
        DataverseError: the key or the body does not fit.
    """
    row_id = as_guid(key)
    if row_id is not None:
        if row_id in org.rows[table.name]:
            return update(org, table, org.row(table.name, row_id), body, by=by), False
        return create(org, table, {**body, table.primary: row_id}, by=by), True
    pairs = key_pairs(table, key)
    found = find_by_key(org, table, pairs)
    if found is not None:
        return update(org, table, found, body, by=by), False
    return create(org, table, {**pairs, **body}, by=by), True


BULK: Mapping[str, Callable[..., Answer]] = {
    f"{_TYPE}CreateMultiple": create_multiple,
    f"{_TYPE}UpdateMultiple": update_multiple,
    f"{_TYPE}UpsertMultiple": upsert_multiple,
}
