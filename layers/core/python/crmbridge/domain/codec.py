"""Records as JSON and back; the form is published in docs/canonical-record.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from crmbridge.domain.records import (
    PROJECTED,
    Base,
    Conflict,
    FieldChange,
    LastChange,
    Link,
    Lost,
    Parked,
    Push,
    Record,
    Side,
    Stamp,
    Value,
    entity_of,
)

FORMAT = 1
"""Version of the JSON form; readers refuse a newer one."""


def to_text(record: Record) -> str:
    """Return a record's JSON text: compact, keys sorted, so equal records have equal text."""
    return json.dumps(to_json(record), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def from_text(text: str) -> Record:
    """Read a record's JSON text.

    Raises:
        ValueError: the text was written by a newer format.

    Example:
        >>> empty = Record("w", "con_1", "contact")
        >>> from_text(to_text(empty)) == empty
        True
    """
    return from_json(json.loads(text))


def to_json(record: Record) -> dict[str, Any]:
    """Return a record as JSON-ready values; empty parts are left out."""
    body: dict[str, Any] = {
        "v": FORMAT,
        "workspace_id": record.workspace_id,
        "record_id": record.record_id,
        "rev": record.rev,
        "fields": {name: _out(value) for name, value in record.fields.items()},
        "stamps": {name: [stamp.at, stamp.integration_id] for name, stamp in record.stamps.items()},
        "links": {key: _link_out(link) for key, link in record.links.items()},
        "frozen": {name: conflict_to_json(each) for name, each in record.frozen.items()},
        "candidates": list(record.candidates),
        "apart": list(record.apart),
        "due_for": dict(record.due_for),
        "created_at": _time_out(record.created_at),
        "deleted_at": _time_out(record.deleted_at),
        "merged_into": record.merged_into,
        "last": None if record.last is None else change_to_json(record.last),
    }
    return {key: value for key, value in body.items() if value not in (None, "", {}, [])}


def from_json(body: Mapping[str, Any]) -> Record:
    """Read a record from JSON-ready values.

    Raises:
        ValueError: the values were written by a newer format.
    """
    if body["v"] > FORMAT:
        raise ValueError(f"record format {body['v']} is newer than this library's {FORMAT}: update the layer")
    return Record(
        workspace_id=body["workspace_id"],
        record_id=body["record_id"],
        entity=entity_of(body["record_id"]),
        fields={name: _in(value) for name, value in body.get("fields", {}).items()},
        stamps={name: Stamp(at, source) for name, (at, source) in body.get("stamps", {}).items()},
        links={key: _link_in(key, link) for key, link in body.get("links", {}).items()},
        frozen={name: _conflict_in(each) for name, each in body.get("frozen", {}).items()},
        candidates=tuple(body.get("candidates", ())),
        due_for=dict(body.get("due_for", {})),
        rev=body.get("rev", 0),
        created_at=_time_in(body.get("created_at")),
        deleted_at=_time_in(body.get("deleted_at")),
        merged_into=body.get("merged_into", ""),
        last=_last_in(body.get("last")),
        apart=tuple(body.get("apart", ())),
    )


def _out(value: Value) -> str | int | bool | list[str] | None:
    return list(value) if isinstance(value, tuple) else value


def _in(value: str | int | bool | list[str] | None) -> Value:
    return tuple(value) if isinstance(value, list) else value


def _time_out(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _time_in(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _link_out(link: Link) -> dict[str, Any]:
    parked = link.parked
    body: dict[str, Any] = {
        "external_id": link.external_id,
        "state": link.state,
        "version": link.version,
        "base": {name: _base_out(base) for name, base in link.base.items()},
        "retry_at": _time_out(link.retry_at),
        "attempts": link.attempts or None,
        "parked": None if parked is None else [parked.fingerprint, parked.words, parked.code, _time_out(parked.at)],
        "pushes": {name: [[each.at_s, each.mark] for each in ring] for name, ring in link.pushes.items()},
    }
    return {key: value for key, value in body.items() if value not in (None, "", {}, [])}


def _base_out(base: Base) -> list[Any] | dict[str, Any]:
    if base.overruled or base.tried:
        body: dict[str, Any] = {"hub": _out(base.hub)}
        if base.remote is not PROJECTED:
            body["remote"] = _out(base.remote)
        if base.overruled:
            body["overruled"] = 1
        if base.tried:
            body["tried"] = [_out(each) for each in base.tried]
        return body
    if base.remote is PROJECTED:
        return [_out(base.hub)]
    return [_out(base.hub), _out(base.remote)]


def _base_in(body: Any) -> Base:  # noqa: ANN401 - JSON
    if isinstance(body, list):
        pair = cast("list[Any]", body)
        return Base(_in(pair[0]), _in(pair[1]) if len(pair) > 1 else PROJECTED)
    remote = _in(body["remote"]) if "remote" in body else PROJECTED
    tried = tuple(_in(each) for each in body.get("tried", ()))
    return Base(_in(body["hub"]), remote, bool(body.get("overruled")), tried)


def _link_in(integration_id: str, body: Mapping[str, Any]) -> Link:
    parked = body.get("parked")
    return Link(
        integration_id=integration_id,
        external_id=body.get("external_id", ""),
        state=body["state"],
        version=body.get("version", ""),
        base={name: _base_in(each) for name, each in body.get("base", {}).items()},
        retry_at=_time_in(body.get("retry_at")),
        attempts=body.get("attempts", 0),
        parked=None if parked is None else Parked(parked[0], parked[1], parked[2], datetime.fromisoformat(parked[3])),
        pushes={name: tuple(Push(*each) for each in ring) for name, ring in body.get("pushes", {}).items()},
    )


def conflict_to_json(conflict: Conflict) -> dict[str, Any]:
    """Return an open conflict as JSON-ready values."""
    sides = {key: [_out(side.value), side.stamp.at, side.stamp.integration_id] for key, side in conflict.sides.items()}
    return {"base": _out(conflict.base), "sides": sides, "opened_at": _time_out(conflict.opened_at)}


def _conflict_in(body: Mapping[str, Any]) -> Conflict:
    sides = {key: Side(_in(value), Stamp(at, source)) for key, (value, at, source) in body["sides"].items()}
    return Conflict(_in(body["base"]), sides, datetime.fromisoformat(body["opened_at"]))


def change_to_json(last: LastChange) -> dict[str, Any]:
    """Return a change as JSON-ready values."""
    return {
        "kind": last.kind,
        "integration_id": last.integration_id,
        "at": _time_out(last.at),
        "run_id": last.run_id,
        "by": last.by,
        "changes": [[each.field, _out(each.old), _out(each.new)] for each in last.changes],
        "lost": [
            [each.field, _out(each.value), each.integration_id, each.winner_integration_id, each.policy]
            for each in last.lost
        ],
    }


def _last_in(body: Mapping[str, Any] | None) -> LastChange | None:
    if body is None:
        return None
    return LastChange(
        kind=body["kind"],
        integration_id=body["integration_id"],
        at=datetime.fromisoformat(body["at"]),
        run_id=body.get("run_id", ""),
        by=body.get("by", ""),
        changes=tuple(FieldChange(name, _in(old), _in(new)) for name, old, new in body.get("changes", ())),
        lost=tuple(
            Lost(name, _in(value), source, winner, policy)
            for name, value, source, winner, policy in body.get("lost", ())
        ),
    )
