"""``explain``: which value of a record came from where, when, and how it stands in each CRM."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from itertools import islice
from typing import Any, cast

from cli.connecting import ALL
from cli.desk import OK, WRONG, Desk, text

RECORDS = "/api/crm/records"


def explain(desk: Desk, asked: argparse.Namespace) -> int:
    """Tell of one record which value came from where and when, and how it stands in each CRM."""
    parts = asked.record.split("/", 2)
    if len(parts) == 2:
        desk.tell("crmbridge: name a record id, or INTEGRATION/ENTITY/ID")
        return WRONG
    path = f"{RECORDS}/{asked.record}" if len(parts) == 1 else f"{ALL}/{parts[0]}/records/{parts[1]}/{parts[2]}"
    record = desk.api.get(path)
    record_id = record["record_id"]
    places = desk.api.get(f"{RECORDS}/{record_id}/crms")["items"]
    lines = list(islice(desk.api.items(f"{RECORDS}/{record_id}/history"), max(asked.lines, 0)))
    if desk.as_json:
        desk.say(json.dumps({"record": record, "crms": places, "history": lines}, ensure_ascii=False))
        return OK
    names = {each["integrationId"]: each["provider"] for each in places} | {"hub": "our API"}
    desk.say(f"{record_id}, revision {record['rev']}{_ended(record)}\n")
    desk.show(_fields(record, names), field="field", value="value", source="set by", at="at", note="note")
    desk.say()
    desk.show(places, provider="CRM", result="stands", externalId="its id", words="why", integrationId="integration")
    if lines:
        desk.say()
        desk.show([_line(each, names) for each in lines], at="when", kind="what", source="by", changes="changes")
    return OK


def _ended(record: dict[str, Any]) -> str:
    if "merged_into" in record:
        return f", became part of {record['merged_into']}"
    return f", deleted at {record['deleted_at']}" if "deleted_at" in record else ""


def _fields(record: dict[str, Any], names: dict[str, str]) -> list[dict[str, Any]]:
    stamps: dict[str, list[Any]] = record.get("stamps", {})
    return [
        {
            "field": name,
            "value": value,
            "source": _source(stamps.get(name, [0, ""])[1], names),
            "at": _when(stamps.get(name, [0, ""])[0]),
            "note": _note(record, name, names),
        }
        for name, value in sorted(record.get("fields", {}).items())
    ]


def _note(record: dict[str, Any], name: str, names: dict[str, str]) -> str:
    """Tell where a field stands otherwise: in conflict, or in a CRM that last agreed to something else."""
    if name in record.get("frozen", {}):
        return f"in conflict: crmbridge conflicts {record['record_id']}"
    told: list[str] = []
    for key, link in record.get("links", {}).items():
        base: Any = link.get("base", {}).get(name)
        if base is None:
            continue
        agreed, said = _agreed(base)
        if agreed != record["fields"].get(name):
            told.append(f"{names.get(key, key)} last agreed to {text(agreed)}")
        elif said is not None:
            told.append(f"{names.get(key, key)} holds {text(said)} for it")
    return "; ".join(told)


def _agreed(base: object) -> tuple[object, object]:
    """Return the hub's value that a CRM last agreed to, and what it says itself where that is something else."""
    if isinstance(base, dict):
        parts = cast("dict[str, object]", base)
        return parts.get("hub"), parts.get("remote")
    pair = cast("list[object]", base)
    return pair[0], pair[1] if len(pair) > 1 else None


def _line(line: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    changed = [f"{name}: {text(old)} → {text(new)}" for name, old, new in line.get("changes", [])]
    lost = [f"{name}: {text(value)} lost to {_source(winner, names)}" for name, value, _, winner, _ in line["lost"]]
    source = " ".join(each for each in (_source(line["integration_id"], names), line.get("by", "")) if each)
    return {"at": line["at"], "kind": line["kind"], "source": source, "changes": "; ".join([*changed, *lost])}


def _source(integration_id: str, names: dict[str, str]) -> str:
    return names.get(integration_id, integration_id)


def _when(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds") if at_ms else ""
