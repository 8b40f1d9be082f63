"""What the org does to a record in the same save: defaults, derived fields, refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sandbox.salesforce.actors import Actor
from sandbox.salesforce.errors import SalesforceError, required_missing
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema.settings import STAGES
from sandbox.salesforce.tables import Row
from sandbox.salesforce.times import read_datetime, stamp

Rule = Callable[[Org, Row, Mapping[str, Any], Row | None, Actor], None]
_STAGE_BY_NAME = {stage.name: stage for stage in STAGES}


def apply_rules(org: Org, name: str, row: Row, given: Mapping[str, Any], *, before: Row | None, actor: Actor) -> None:
    """Complete a row that is about to be stored.

    Args:
        row: changed in place.
        given: what the writer sent.
        before: the stored row, ``None`` for a new record.

    Raises:
        SalesforceError: the org refuses the save.
    """
    rule = _RULES.get(name)
    if rule is not None:
        rule(org, row, given, before, actor)


def _person(_org: Org, row: Row, _given: Mapping[str, Any], _before: Row | None, _actor: Actor) -> None:
    row["Name"] = " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part)
    if "IsEmailBounced" in row or row.get("EmailBouncedDate"):
        row["IsEmailBounced"] = bool(row.get("EmailBouncedDate"))


def _lead(org: Org, row: Row, given: Mapping[str, Any], before: Row | None, actor: Actor) -> None:
    if before is not None and before.get("IsConverted") and actor.by_api:
        raise SalesforceError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", fields=[])
    _person(org, row, given, before, actor)
    new_owner = org.switches.assignment_rules.get("Lead")
    if new_owner and actor.by_api and actor.auto_assign:
        row["OwnerId"] = new_owner


def _account(org: Org, row: Row, _given: Mapping[str, Any], _before: Row | None, actor: Actor) -> None:
    new_owner = org.switches.assignment_rules.get("Account")
    if new_owner and actor.by_api and actor.auto_assign:
        row["OwnerId"] = new_owner


def _opportunity(_org: Org, row: Row, given: Mapping[str, Any], before: Row | None, _actor: Actor) -> None:
    stage = _STAGE_BY_NAME[row["StageName"]]
    moved = before is None or before["StageName"] != stage.name
    if moved and given.get("Probability") is None:
        row["Probability"] = float(stage.probability)
    if moved and given.get("ForecastCategoryName") is None:
        row["ForecastCategoryName"] = stage.category
    row["ForecastCategory"] = (row.get("ForecastCategoryName") or stage.category).replace(" ", "")
    row["IsClosed"], row["IsWon"] = stage.is_closed, stage.is_won
    amount = row.get("Amount")
    probability = row.get("Probability")
    row["ExpectedRevenue"] = None if amount is None or probability is None else round(amount * probability / 100, 2)
    year, month = int(row["CloseDate"][:4]), int(row["CloseDate"][5:7])
    row["FiscalYear"], row["FiscalQuarter"] = year, (month + 2) // 3
    row["Fiscal"] = f"{year} {row['FiscalQuarter']}"


def _activity(org: Org, row: Row) -> None:
    who, what = row.get("WhoId"), row.get("WhatId")
    if who and who.startswith("00Q") and what:
        message = "If the Name field refers to a lead, the Related To field must be empty"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", message, fields=["WhatId"])
    row["AccountId"] = _account_of(org, what) or _account_of(org, who)


def _account_of(org: Org, record_id: str | None) -> str | None:
    if record_id is None or record_id.startswith("001"):
        return record_id
    sobject = org.object_of(record_id)
    related = org.row(sobject.name, record_id) if sobject else None
    return related.get("AccountId") if related else None


def _task(org: Org, row: Row, given: Mapping[str, Any], before: Row | None, _actor: Actor) -> None:
    _activity(org, row)
    closed = row["Status"] == "Completed"
    if closed and not (before and before.get("IsClosed")):
        row["CompletedDateTime"] = stamp(org.clock.now())
    row["IsClosed"], row["IsHighPriority"] = closed, row["Priority"] == "High"
    if "ReminderDateTime" in given:
        row["IsReminderSet"] = row.get("ReminderDateTime") is not None


def _event(org: Org, row: Row, given: Mapping[str, Any], _before: Row | None, _actor: Actor) -> None:
    _activity(org, row)
    start = row.get("StartDateTime") or row.get("ActivityDateTime")
    if row.get("IsAllDayEvent") and start is None and row.get("ActivityDate"):
        start = f"{row['ActivityDate']}T00:00:00.000+0000"
    if start is None:
        raise required_missing(["StartDateTime"])
    row["StartDateTime"] = row["ActivityDateTime"] = start
    row["ActivityDate"] = start[:10]
    began = read_datetime(start)
    minutes, end = given.get("DurationInMinutes"), given.get("EndDateTime")
    if began is None or (minutes is None and end is None and row.get("DurationInMinutes") is None):
        raise required_missing(["EndDateTime"])
    if end is not None:
        finish = read_datetime(end)
        length_s = (finish - began).total_seconds() if finish else -1.0
        if length_s < 0 or (minutes is not None and minutes * 60 != length_s):
            message = "The event duration and end date conflict, or the event ends before it starts"
            raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", message, fields=["EndDateTime"])
        row["DurationInMinutes"] = int(length_s // 60)
    row["EndDateTime"] = stamp(began + timedelta(minutes=row["DurationInMinutes"]))


_RULES: dict[str, Rule] = {
    "Account": _account,
    "Contact": _person,
    "Event": _event,
    "Lead": _lead,
    "Opportunity": _opportunity,
    "Task": _task,
    "User": _person,
}
