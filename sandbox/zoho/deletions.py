"""What was deleted, page by page."""

from __future__ import annotations

from typing import Any

from sandbox.zoho.account import User
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.org import Org
from sandbox.zoho.params import Params, number, pattern_not_matched
from sandbox.zoho.records import Table
from sandbox.zoho.times import shown

JsonObject = dict[str, Any]
PAGE_MAX = 200


def deleted(org: Org, table: Table, params: Params, viewer: User, since_s: int | None) -> JsonObject | None:
    """Return one page of deleted records, the latest first.

    Raises:
        ZohoError: the module has no such listing, or a parameter is wrong.
    """
    if table.module.name == "Notes":
        raise ZohoError(code="INVALID_MODULE", message="The given module is not supported in API")
    org.forget_old()
    kind = params.get("type", "all")
    if kind not in ("all", "recycle", "permanent"):
        raise pattern_not_matched("type")
    size, page = number(params, "per_page", PAGE_MAX, maximum=PAGE_MAX), number(params, "page", 1)
    graves = [
        each
        for each in reversed(table.graves.values())
        if (since_s is None or each.deleted_s >= since_s) and (kind == "all" or each.permanent == (kind == "permanent"))
    ]
    some = graves[(page - 1) * size : page * size]
    if not some:
        return None
    rows: list[JsonObject] = []
    for each in some:
        by, made = org.user(each.deleted_by), org.user(each.record.created_by)
        rows.append(
            {
                "deleted_by": None if each.permanent or by is None else by.as_lookup(),
                "id": each.record.record_id,
                "display_name": None if each.permanent else each.name,
                "type": "permanent" if each.permanent else "recycle",
                "created_by": None if each.permanent or made is None else made.as_lookup(),
                "deleted_time": shown(each.deleted_s, viewer.time_zone),
            }
        )
    more = page * size < len(graves)
    return {"data": rows, "info": {"per_page": size, "count": len(rows), "page": page, "more_records": more}}
