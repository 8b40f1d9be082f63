"""Associations between single records, and their types and labels."""

from __future__ import annotations

from typing import Any, cast

from werkzeug.wrappers import Response

from sandbox.hubspot.association_types import AssociationType
from sandbox.hubspot.associations import End
from sandbox.hubspot.errors import invalid_input, not_found
from sandbox.hubspot.http.calls import ApiCall, answer, batch_answer, no_content, required
from sandbox.hubspot.http.linking import parse_types
from sandbox.hubspot.object_types import OBJECT_TYPES

JsonObject = dict[str, Any]
_MAX_PAGE = 500
_MAX_LABELS = 10
_TYPE_IDS = {kind.name: kind.type_id for kind in OBJECT_TYPES}


def associate_default(call: ApiCall) -> Response:
    """Associate two records without a label."""
    source, target = ends(call)
    results = default_link(call, source, target)
    return batch_answer(call, results)


def associate_labelled(call: ApiCall) -> Response:
    """Give an association exactly these labels; others of the account's own end."""
    source, target = ends(call)
    kinds = parse_types(call.portal.state, (source[0], target[0]), call.json_value())
    if not kinds:
        raise invalid_input("Some required fields were not set: [types]")
    return answer(set_labels(call, source, target, kinds), 201)


def dissociate(call: ApiCall) -> Response:
    """End an association with all its labels; one that does not exist is answered the same."""
    source, target = ends(call, must_exist=False)
    if not call.portal.writer.dissociate(source, target, None, call.stamp):
        call.count_unchanged()
    return no_content()


def list_associations(call: ApiCall) -> Response:
    """Answer the records of one type associated with a record."""
    state = call.portal.state
    table, target = state.table(call.params["objectType"]), state.table(call.params["toObjectType"])
    record = table.survivor(call.params["objectId"])
    if record is None:
        raise not_found()
    linked = state.associations.targets((table.kind.name, record.record_id), target.kind.name)
    limit = call.number("limit", default=_MAX_PAGE, most=_MAX_PAGE)
    after = int(call.request.args.get("after") or 0)
    rows = sorted((int(record_id), kinds) for record_id, kinds in linked.items() if int(record_id) > after)
    body: JsonObject = {"results": [show_target(str(number), kinds) for number, kinds in rows[:limit]]}
    if len(rows) > limit:
        body["paging"] = {"next": {"after": str(rows[limit - 1][0])}}
    return answer(body)


def list_types(call: ApiCall) -> Response:
    """Answer the association types of a direction."""
    source, target = pair(call)
    kinds = call.portal.state.associations.types.get((source, target), {})
    return answer({"results": [kind.as_json() for kind in kinds.values()]})


def create_label(call: ApiCall) -> Response:
    """Create a label of the account's own; it gets an id for each direction."""
    body = call.json()
    required(body, "label", "name")
    source, target = pair(call)
    book = call.portal.state.associations
    own = [kind for kind in book.types.get((source, target), {}).values() if kind.category == "USER_DEFINED"]
    if len(own) >= _MAX_LABELS:
        raise invalid_input(f"The limit of {_MAX_LABELS} labels from {source} to {target} is reached")
    label, inverse_label = str(body["label"]), str(body.get("inverseLabel") or body["label"])
    there, back = book.new_type_id(), book.new_type_id()
    for type_id, inverse_id, direction, text in (
        (there, back, (source, target), label),
        (back, there, (target, source), inverse_label),
    ):
        book.add_type(
            AssociationType(
                type_id=type_id,
                category="USER_DEFINED",
                source=direction[0],
                target=direction[1],
                label=text,
                inverse_id=inverse_id,
            )
        )
    created = [book.types[(source, target)][there], book.types[(target, source)][back]]
    return answer({"results": [kind.as_json() for kind in created]})


def pair(call: ApiCall) -> tuple[str, str]:
    """Return the two object types of the path.

    Raises:
        VendorError: 400 for an unknown type.
    """
    state = call.portal.state
    return (
        state.table(call.params["fromObjectType"]).kind.name,
        state.table(call.params["toObjectType"]).kind.name,
    )


def ends(call: ApiCall, *, must_exist: bool = True) -> tuple[End, End]:
    """Return the two records of the path.

    Raises:
        VendorError: 400 for an unknown type, 404 for a missing record.
    """
    state = call.portal.state
    found: list[End] = []
    for type_name, id_name in (("objectType", "objectId"), ("toObjectType", "toObjectId")):
        table = state.table(call.params[type_name])
        record = table.survivor(call.params[id_name])
        if record is None and must_exist:
            raise not_found(f"Object {call.params[id_name]} of type {table.kind.name} does not exist")
        found.append((table.kind.name, record.record_id if record else call.params[id_name]))
    if found[0] == found[1] and must_exist:
        raise invalid_input(f"Object {found[0][1]} cannot be associated to itself ({found[0][1]})")
    return found[0], found[1]


def default_link(call: ApiCall, source: End, target: End) -> list[JsonObject]:
    """Associate two records without a label and show both directions.

    Raises:
        VendorError: 400 if these types cannot be associated.
    """
    book = call.portal.state.associations
    kind = book.default_type(source[0], target[0])
    if kind is None:
        raise invalid_input(f"{source[0]} cannot be associated with {target[0]}")
    if not call.portal.writer.associate(source, target, [kind], call.stamp):
        call.count_unchanged()
    return [
        _direction(source, target, kind.type_id),
        _direction(target, source, kind.inverse_id),
    ]


def set_labels(call: ApiCall, source: End, target: End, kinds: list[AssociationType]) -> JsonObject:
    """Give an association exactly these labels and show it."""
    book = call.portal.state.associations
    present = book.targets(source, target[0]).get(target[1], [])
    ending = [kind for kind in present if kind.category == "USER_DEFINED" and kind not in kinds]
    if ending:
        call.portal.writer.dissociate(source, target, ending, call.stamp)
    if not call.portal.writer.associate(source, target, kinds, call.stamp) and not ending:
        call.count_unchanged()
    return {
        "fromObjectTypeId": _TYPE_IDS[source[0]],
        "fromObjectId": int(source[1]),
        "toObjectTypeId": _TYPE_IDS[target[0]],
        "toObjectId": int(target[1]),
        "labels": [kind.label for kind in kinds if kind.label is not None],
    }


def show_target(record_id: str, kinds: list[AssociationType]) -> JsonObject:
    """Show one associated record; its id is a number here."""
    return {"toObjectId": int(record_id), "associationTypes": [cast("JsonObject", kind.as_json()) for kind in kinds]}


def _direction(source: End, target: End, type_id: int) -> JsonObject:
    return {
        "from": {"id": source[1]},
        "to": {"id": target[1]},
        "associationSpec": {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id},
    }
