"""Batches of associations: read, create, default, archive, archive labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from werkzeug.wrappers import Response

from sandbox._calls import annotate_records
from sandbox.hubspot.associations import End
from sandbox.hubspot.errors import VendorError, error, invalid_input, not_found
from sandbox.hubspot.http.associations import default_link, pair, set_labels, show_target
from sandbox.hubspot.http.calls import ApiCall, batch_answer, no_content
from sandbox.hubspot.http.linking import parse_types
from sandbox.hubspot.object_types import OBJECT_TYPES

JsonObject = dict[str, Any]
MAX_CREATED = 2000
MAX_READ = 1000
_SINGULAR = {kind.name: kind.singular for kind in OBJECT_TYPES}


def read_batch(call: ApiCall) -> Response:
    """Answer the associations of many records; those without any are errors."""
    source, target = pair(call)
    results: list[JsonObject] = []
    errors: list[JsonObject] = []
    for item in call.inputs(MAX_READ):
        record_id = str(item.get("id") or "")
        linked = call.portal.state.associations.targets((source, record_id), target)
        if not record_id.isdigit():
            errors.append(_bad_id(record_id).as_row(None))
        elif linked:
            rows = [show_target(other, kinds) for other, kinds in linked.items()]
            results.append({"from": {"id": record_id}, "to": rows})
        else:
            errors.append(_nothing_linked(source, target, record_id).as_row(None))
    return batch_answer(call, results, errors)


def create_batch(call: ApiCall) -> Response:
    """Associate many pairs with labels or predefined types; bad rows do not stop the others."""

    def carry_out(item: JsonObject, ends: tuple[End, End]) -> list[JsonObject]:
        kinds = parse_types(call.portal.state, (ends[0][0], ends[1][0]), item.get("types"))
        return [set_labels(call, *ends, kinds)]

    return _each(call, carry_out, status=201)


def default_batch(call: ApiCall) -> Response:
    """Associate many pairs without a label."""
    return _each(call, lambda _, ends: default_link(call, *ends), status=200)


def archive_batch(call: ApiCall) -> Response:
    """End many associations with all their labels."""
    source, target = pair(call)
    rows = [
        ((source, _id_of(item.get("from"))), (target, _id_of(other)))
        for item in call.inputs(MAX_CREATED)
        for other in cast("list[object]", item.get("to") or [])
    ]
    annotate_records(call.request, len(rows))
    for ends in rows:
        ended = call.portal.writer.dissociate(*ends, None, call.stamp)
        call.count_unchanged(0 if ended else 1)
    return no_content()


def archive_labels(call: ApiCall) -> Response:
    """Take some labels from many associations; the associations stay."""
    source, target = pair(call)
    for item in call.inputs(MAX_CREATED):
        kinds = parse_types(call.portal.state, (source, target), item.get("types"))
        kept = [kind for kind in kinds if kind.label is not None]
        ends = (source, _id_of(item.get("from"))), (target, _id_of(item.get("to")))
        ended = call.portal.writer.dissociate(*ends, kept, call.stamp)
        call.count_unchanged(0 if ended else 1)
    return no_content()


def _each(
    call: ApiCall, carry_out: Callable[[JsonObject, tuple[End, End]], list[JsonObject]], *, status: int
) -> Response:
    source, target = pair(call)
    results: list[JsonObject] = []
    errors: list[JsonObject] = []
    for item in call.inputs(MAX_CREATED):
        try:
            ends = (source, _id_of(item.get("from"))), (target, _id_of(item.get("to")))
            results += carry_out(item, _existing(call, ends))
        except VendorError as refusal:
            errors.append(refusal.as_row(None))
    return batch_answer(call, results, errors, status=status)


def _existing(call: ApiCall, ends: tuple[End, End]) -> tuple[End, End]:
    if ends[0] == ends[1]:
        raise invalid_input(f"Object {ends[0][1]} cannot be associated to itself ({ends[0][1]})")
    for type_name, record_id in ends:
        if not record_id.isdigit():
            raise _bad_id(record_id)
        if call.portal.state.tables[type_name].live(record_id) is None:
            raise not_found(f"Object {record_id} of type {type_name} does not exist")
    return ends


def _id_of(raw: object) -> str:
    return str(cast("JsonObject", raw).get("id") or "") if isinstance(raw, dict) else ""


def _bad_id(record_id: str) -> VendorError:
    refusal = invalid_input(f"{record_id} is not a valid ID", context={"id": [record_id]})
    refusal.body["subCategory"] = "crm.associations.INVALID_IDENTIFIER"
    return refusal


def _nothing_linked(source: str, target: str, record_id: str) -> VendorError:
    singular, other = _SINGULAR[source], _SINGULAR[target]
    return error(
        404,
        f"No {other} is associated with {singular} {record_id}.",
        "OBJECT_NOT_FOUND",
        subCategory="crm.associations.NO_ASSOCIATIONS_FOUND",
        context={"fromObjectId": [record_id], "fromObjectType": [singular], "toObjectType": [other]},
    )
