"""Merge two records of one type."""

from __future__ import annotations

from sandbox.hubspot.association_types import AssociationType
from sandbox.hubspot.associations import End
from sandbox.hubspot.errors import invalid_input, not_found
from sandbox.hubspot.object_types import LIFECYCLE
from sandbox.hubspot.records import ADDITIONAL_EMAILS, EMAIL, ObjectTable, Record, Values
from sandbox.hubspot.times import iso
from sandbox.hubspot.writing import RecordWriter, Stamp

_OWN = frozenset({"hs_object_id", "createdate", "hs_merged_object_ids"})


def merge_records(writer: RecordWriter, table: ObjectTable, primary_id: str, merged_id: str, stamp: Stamp) -> Record:
    """Merge one live record into another and return the survivor.

    The primary's values win where it has any; the other's e-mail address becomes an
    additional one; associations of both go to the survivor; both old ids lead to it.
    By option the survivor is a new record or the primary itself.

    Raises:
        VendorError: 404 if one does not exist, 400 if both are the same.
    """
    primary, other = table.survivor(primary_id), table.live(merged_id)
    if primary is None or other is None:
        raise not_found()
    if primary.record_id == other.record_id:
        raise invalid_input(f"Cannot merge object {primary_id} with itself")
    properties = _combined(primary, other, table, stamp)
    moved = sum(1 for name, value in properties.items() if primary.properties.get(name, "") != value)
    links = _collect_links(writer, table, (primary, other))
    survivor = _survivor(writer, table, (primary, other), properties, stamp)
    for target, kinds in links:
        if target != (table.kind.name, survivor.record_id):
            writer.associate((table.kind.name, survivor.record_id), target, kinds, stamp)
    ids = (primary.record_id, other.record_id, survivor.record_id)
    writer.announce_merge(table, ids, moved=moved, stamp=stamp)
    return survivor


def _combined(primary: Record, other: Record, table: ObjectTable, stamp: Stamp) -> Values:
    values: Values = {**primary.properties, table.kind.modified: iso(stamp.at_ms)}
    for name, value in other.properties.items():
        if value and not values.get(name) and name not in _OWN:
            values[name] = value
    known = [part for part in values.get("hs_merged_object_ids", "").split(";") if part]
    earlier = [part for part in other.properties.get("hs_merged_object_ids", "").split(";") if part]
    values["hs_merged_object_ids"] = ";".join(dict.fromkeys([*known, *earlier, other.record_id]))
    stages = [record.properties.get("lifecyclestage", "") for record in (primary, other)]
    ranked = [stage for stage in stages if stage in LIFECYCLE]
    if ranked:
        values["lifecyclestage"] = max(ranked, key=LIFECYCLE.index)
    addresses = _addresses(primary) + _addresses(other)
    if addresses and EMAIL in table.definitions:
        values[EMAIL] = addresses[0]
        values[ADDITIONAL_EMAILS] = ";".join(dict.fromkeys(addresses[1:]))
    return values


def _addresses(record: Record) -> list[str]:
    more = record.properties.get(ADDITIONAL_EMAILS, "").split(";")
    return [address for address in (record.properties.get(EMAIL, ""), *more) if address]


def _collect_links(
    writer: RecordWriter, table: ObjectTable, records: tuple[Record, Record]
) -> list[tuple[End, list[AssociationType]]]:
    book = writer.state.associations
    found: list[tuple[End, list[AssociationType]]] = []
    for position, record in enumerate(records):
        end = (table.kind.name, record.record_id)
        for target_type, linked in book.all_targets(end).items():
            for record_id, kinds in linked.items():
                kept = [kind for kind in kinds if position == 0 or not kind.is_primary]
                found.append(((target_type, record_id), kept))
    return found


def _survivor(
    writer: RecordWriter,
    table: ObjectTable,
    records: tuple[Record, Record],
    properties: Values,
    stamp: Stamp,
) -> Record:
    primary, other = records
    book = writer.state.associations
    if not writer.state.options.merge_makes_new_record:
        book.forget((table.kind.name, other.record_id))
        table.forget(other)
        writer.hide(table, other, stamp)
        table.merged_into[other.record_id] = primary.record_id
        table.store(primary, properties)
        primary.updated_ms = stamp.at_ms
        writer.reindex(table, primary, stamp)
        return primary
    for record in records:
        book.forget((table.kind.name, record.record_id))
        table.forget(record)
        writer.hide(table, record, stamp)
    new_id = table.new_id()
    ids = [*properties["hs_merged_object_ids"].split(";"), primary.record_id]
    properties |= {"hs_object_id": new_id, "hs_merged_object_ids": ";".join(dict.fromkeys(ids))}
    survivor = Record(record_id=new_id, properties=properties, created_ms=primary.created_ms, updated_ms=stamp.at_ms)
    table.insert(survivor)
    for record in records:
        table.merged_into[record.record_id] = new_id
    writer.reindex(table, survivor, stamp)
    return survivor
