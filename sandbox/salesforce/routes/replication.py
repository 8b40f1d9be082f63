"""What changed and what was deleted in a window of time.

Source: Salesforce REST API guide, getUpdated and getDeleted.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Answer, Call
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.routes.finding import object_at
from sandbox.salesforce.routes.route import Route
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.times import read_datetime, stamp

MAX_IDS = 600_000
UPDATED_DAYS, DELETED_DAYS = 30, 15
_MINUTE = timedelta(minutes=1)


def updated(api: Api, call: Call, name: str) -> Answer:
    """Return ids of records created or changed in the window, deleted ones left out."""
    sobject = object_at(api.view(call), name)
    start, end = _window(api, call, sobject, UPDATED_DAYS)
    table = api.org.tables[sobject.name]
    first, last = stamp(start), stamp(end)
    ids: list[str] = []
    for record_id in table.ids_since(first):
        row = table.get(record_id)
        if row and not row.get("IsDeleted") and row["SystemModstamp"] < last:
            ids.append(record_id)
    _check_count(len(ids))
    return Answer(body={"ids": ids, "latestDateCovered": last}, records=len(ids))


def deleted(api: Api, call: Call, name: str) -> Answer:
    """Return ids and times of records deleted in the window."""
    sobject = object_at(api.view(call), name)
    start, end = _window(api, call, sobject, DELETED_DAYS)
    table = api.org.tables[sobject.name]
    first, last = stamp(start), stamp(end)
    found: list[dict[str, str]] = []
    for record_id in table.ids_since(first):
        row = table.get(record_id)
        if row and row.get("IsDeleted") and row["SystemModstamp"] < last:
            found.append({"deletedDate": row["SystemModstamp"], "id": record_id})
    _check_count(len(found))
    earliest = stamp(api.org.clock.now() - timedelta(days=DELETED_DAYS))
    body = {"deletedRecords": found, "earliestDateAvailable": earliest, "latestDateCovered": last}
    return Answer(body=body, records=len(found))


def _window(api: Api, call: Call, sobject: SObject, days: int) -> tuple[datetime, datetime]:
    if not sobject.replicable:
        message = f"object {sobject.name} is not replicateable"
        raise SalesforceError("INVALID_TYPE_FOR_OPERATION", message)
    now = api.org.clock.now().replace(second=0, microsecond=0)
    start, end = (_moment(call, key).replace(second=0) for key in ("start", "end"))
    if start >= end - _MINUTE + timedelta(seconds=1):
        message = "startDate before endDate and there must be at least one minute between"
        raise _bad_window(message)
    if start < now - timedelta(days=days):
        raise _bad_window(f"startDate cannot be more than {days} days ago")
    if start > now:
        raise _bad_window("startDate cannot be in the future")
    return start, min(end, now)


def _moment(call: Call, name: str) -> datetime:
    text = call.args.get(name)
    if text is None:
        raise SalesforceError("MISSING_ARGUMENT", f"{name} is a required parameter")
    moment = read_datetime(text.replace(" ", "+"), needs_zone=True)
    if moment is None:
        raise SalesforceError("INVALID_REPLICATION_DATE", f"{name} is not a valid dateTime: {text}")
    return moment


def _bad_window(message: str) -> SalesforceError:
    return SalesforceError("INVALID_REPLICATION_DATE", message)


def _check_count(count: int) -> None:
    if count > MAX_IDS:
        message = f"Too many records in the window: more than {MAX_IDS}"
        raise SalesforceError("EXCEEDED_ID_LIMIT", message)


ROUTES = (
    Route("GET", "/sobjects/<name>/updated", updated),
    Route("GET", "/sobjects/<name>/deleted", deleted),
)
