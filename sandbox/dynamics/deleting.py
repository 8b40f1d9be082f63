"""What a deletion takes with it."""

from __future__ import annotations

from sandbox.dynamics.org import Org, Row
from sandbox.dynamics.schema import TableDef


def delete(org: Org, table: TableDef, row: Row, *, by: str) -> None:
    """Delete a row with its notes, activities and connections; other lookups to it are emptied."""
    row_id = str(row[table.primary])
    here = (table.name, row_id)
    org.drop(table.name, row_id, by=by)
    for other in list(org.tables.values()):
        lookups = [each.name for each in other.columns.values() if table.name in each.targets.values()]
        if not lookups:
            continue
        for found in org.where(other.name, lambda each, names=lookups: any(each.get(name) == here for name in names)):
            if found[other.primary] not in org.rows[other.name]:
                continue
            hit = {name for name in lookups if found.get(name) == here}
            if hit & {"regardingobjectid", "objectid", "record1id", "record2id", "eventhandler", "relatedconnectionid"}:
                delete(org, other, found, by=by)
            else:
                org.put(other.name, {**found, **dict.fromkeys(hit)}, by=by, message="")
