"""Batches of up to 100 records: read, create, update, upsert, archive."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from sandbox.hubspot.errors import VendorError, error, invalid_input
from sandbox.hubspot.http.calls import ApiCall, batch_answer, no_content, required, wanted_names
from sandbox.hubspot.http.linking import parse_links
from sandbox.hubspot.http.objects import find_by_key, properties_of
from sandbox.hubspot.http.showing import show_record, show_written
from sandbox.hubspot.records import ObjectTable, Record, Values
from sandbox.hubspot.writing import NewLink

JsonObject = dict[str, Any]
MAX_BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A checked write; ``record`` ``None`` creates one."""

    record: Record | None
    item: JsonObject
    values: Values


def read_batch(call: ApiCall) -> Response:
    """Answer the records found; those missing are named in one error."""
    inputs, body, table = call.inputs(MAX_BATCH), call.json(), call.table
    id_property = body.get("idProperty")
    names = wanted_names(body)
    found: dict[str, JsonObject] = {}
    missing: list[str] = []
    for item in inputs:
        required(item, "id")
        spelling = str(item["id"])
        record = _find(table, spelling, id_property)
        if record is None:
            missing.append(spelling)
        else:
            found[record.record_id] = show_record(table, record, names)
    errors = [_not_found(table, missing)] if missing else []
    return batch_answer(call, _shuffled(call, list(found.values())), errors)


def create_batch(call: ApiCall) -> Response:
    """Create records; partly only if every input has a trace id of its own."""
    inputs, table = call.inputs(MAX_BATCH), call.table
    traces = [item.get("objectWriteTraceId") for item in inputs]
    if None in traces or len(set(traces)) < len(traces):
        return _create_all_or_none(call, table, inputs)
    results: list[JsonObject] = []
    errors: list[JsonObject] = []
    for item in inputs:
        trace_id = str(item["objectWriteTraceId"])
        try:
            record = _create(call, table, item)
        except VendorError as refusal:
            errors.append(refusal.as_row(trace_id))
        else:
            results.append(show_written(table, record, None) | {"objectWriteTraceId": trace_id})
    return batch_answer(call, _shuffled(call, results), errors, status=201)


def update_batch(call: ApiCall) -> Response:
    """Change records; unknown ids are named in one error, refused values refuse the batch."""
    inputs, table = call.inputs(MAX_BATCH), call.table
    _refuse_repeated(inputs)
    plans: list[_Plan] = []
    missing: list[str] = []
    for item in inputs:
        required(item, "id")
        record = _find(table, str(item["id"]), item.get("idProperty"))
        if record is None:
            missing.append(str(item["id"]))
        else:
            plans.append(_changing(call, table, item, record))
    _refuse_conflicts(call, table, plans)
    results = [_carry_out(call, table, plan) for plan in plans]
    errors = [_not_found(table, missing)] if missing else []
    return batch_answer(call, _shuffled(call, results), errors)


def upsert_batch(call: ApiCall) -> Response:
    """Create or change records by a unique property; one refused row refuses the batch."""
    inputs, table = call.inputs(MAX_BATCH), call.table
    _refuse_repeated(inputs)
    plans = [_upserting(call, table, item) for item in inputs]
    _refuse_conflicts(call, table, plans)
    results = [
        _carry_out(call, table, plan) | {"new": is_new}
        for plan, is_new in [(plan, plan.record is None) for plan in plans]
    ]
    return batch_answer(call, _shuffled(call, results))


def archive_batch(call: ApiCall) -> Response:
    """Archive records; ids that do not exist are passed over."""
    inputs, table = call.inputs(MAX_BATCH), call.table
    for item in inputs:
        required(item, "id")
    for item in inputs:
        record = table.live(str(item["id"]))
        if record is None:
            call.count_unchanged()
        else:
            call.portal.writer.archive(table, record, call.stamp)
    return no_content()


def _create(call: ApiCall, table: ObjectTable, item: JsonObject) -> Record:
    links = parse_links(call.portal.state, table, item.get("associations"))
    values = call.portal.writer.check_new(table, properties_of(item), call.stamp)
    return call.portal.writer.create(table, values, call.stamp, links=links)


def _create_all_or_none(call: ApiCall, table: ObjectTable, inputs: list[JsonObject]) -> Response:
    """Create all records, or refuse with an error that does not name the row."""
    writer, stamp = call.portal.writer, call.stamp
    planned: list[tuple[dict[str, str], list[NewLink], JsonObject]] = []
    for item in inputs:
        links = parse_links(call.portal.state, table, item.get("associations"))
        try:
            values = writer.check_new(table, properties_of(item), stamp)
        except VendorError as refusal:
            raise _unnamed(refusal, table) from refusal
        planned.append((values, links, item))
    for name in table.key_names():
        taken = [values[name] for values, _, _ in planned if values.get(name)]
        if len(set(taken)) < len(taken):
            raise _unnamed(error(409, "", "CONFLICT"), table)
    results = [
        _with_trace(show_written(table, writer.create(table, values, stamp, links=links), None), item)
        for values, links, item in planned
    ]
    return batch_answer(call, _shuffled(call, results), status=201)


def _changing(call: ApiCall, table: ObjectTable, item: JsonObject, record: Record) -> _Plan:
    changes = call.portal.writer.checker.changes(table, properties_of(item), record.properties)
    return _Plan(record=record, item=item, values=changes)


def _upserting(call: ApiCall, table: ObjectTable, item: JsonObject) -> _Plan:
    required(item, "id")
    name = str(item.get("idProperty") or "hs_object_id")
    record = _find(table, str(item["id"]), name)
    if record is not None:
        return _changing(call, table, item, record)
    if name == "hs_object_id":
        raise _missing(table, [str(item["id"])])
    written = {**properties_of(item), name: str(item["id"])}
    return _Plan(record=None, item=item, values=call.portal.writer.check_new(table, written, call.stamp))


def _carry_out(call: ApiCall, table: ObjectTable, plan: _Plan) -> JsonObject:
    writer = call.portal.writer
    if plan.record is None:
        created = writer.create(table, plan.values, call.stamp)
        return _with_trace(show_written(table, created, None), plan.item)
    if not writer.apply(table, plan.record, plan.values, call.stamp):
        call.count_unchanged()
    return _with_trace(show_written(table, plan.record, plan.item["properties"]), plan.item)


def _find(table: ObjectTable, spelling: str, id_property: object) -> Record | None:
    if not id_property or id_property == "hs_object_id":
        return table.live(spelling)
    return find_by_key(table, str(id_property), spelling)


def _refuse_conflicts(call: ApiCall, table: ObjectTable, plans: list[_Plan]) -> None:
    taken: Counter[tuple[str, str]] = Counter()
    for plan in plans:
        record_id = plan.record.record_id if plan.record else None
        call.portal.writer.checker.check_unique(table, plan.values, record_id)
        taken.update((name, plan.values[name]) for name in table.key_names() if plan.values.get(name))
    if any(count > 1 for count in taken.values()):
        raise _unnamed(error(409, "", "CONFLICT"), table)


def _refuse_repeated(inputs: list[JsonObject]) -> None:
    counts = Counter(str(item.get("id")) for item in inputs)
    repeated = [record_id for record_id, count in counts.items() if count > 1]
    if repeated:
        message = f"Duplicate IDs found in batch input: [{', '.join(repeated)}]. IDs must be unique"
        raise invalid_input(message, context={"ids": repeated})


def _unnamed(refusal: VendorError, table: ObjectTable) -> VendorError:
    if refusal.category != "CONFLICT":
        return refusal
    return error(409, f"{table.kind.singular.capitalize()} already exists", "CONFLICT")


def _not_found(table: ObjectTable, ids: list[str]) -> JsonObject:
    return _missing(table, ids).as_row(None)


def _missing(table: ObjectTable, ids: list[str]) -> VendorError:
    kind = table.kind.singular.upper()
    message = f"Could not get some {kind} objects, they may be deleted or not exist. Check that ids are valid."
    return error(404, message, "OBJECT_NOT_FOUND", context={"ids": ids})


def _with_trace(shown: JsonObject, item: JsonObject) -> JsonObject:
    trace_id = item.get("objectWriteTraceId")
    return shown if trace_id is None else shown | {"objectWriteTraceId": str(trace_id)}


def _shuffled(call: ApiCall, results: list[JsonObject]) -> list[JsonObject]:
    state = call.portal.state
    if state.options.shuffle_results:
        state.rng.shuffle(results)
    return results
