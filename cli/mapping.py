"""``mappings`` and ``dry-run``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from cli.desk import BAD, OK, WRONG, Desk, text

ALL = "/api/crm/integrations"
TRANSFORM = ("op", "text", "number", "yes", "no")


class _UnusableError(Exception):
    """A file holds no overrides."""


def mappings(desk: Desk, asked: argparse.Namespace) -> int:
    """Show where a CRM holds fields otherwise than usual; check or change that."""
    path = f"{ALL}/{asked.integration}/mappings"
    if asked.versions:
        rows = [{**each, "overrides": len(each["fields"])} for each in desk.api.items(f"{path}/versions")]
        desk.show(rows, version="version", at="since", by="by", overrides="overrides")
        return OK
    try:
        overrides = _read(asked.check or asked.set)
    except _UnusableError as error:
        desk.tell(f"crmbridge: {error}")
        return WRONG
    if asked.check:
        return _checked(desk, desk.api.post(f"{path}/validate", {"fields": overrides}))
    change = {"fields": overrides, "accepts": asked.accept}
    _show(desk, desk.api.patch(path, change) if asked.set else desk.api.get(path))
    return OK


def _checked(desk: Desk, found: dict[str, Any]) -> int:
    if desk.as_json:
        desk.show([found])
    else:
        desk.show(found["problems"], field="field", reason="what is wrong", nextStep="what to do")
        _tell_costs(desk, found)
    return OK if found["ok"] else BAD


def _show(desk: Desk, shown: dict[str, Any]) -> None:
    if desk.as_json:
        desk.show([shown])
        return
    rows = [
        {
            **each,
            "heldIn": each.get("heldIn", each["field"]),
            "words": ", ".join(f"{ours}={theirs}" for ours, theirs in each.get("values", {}).items()),
            "form": " ".join(str(each["transform"][part]) for part in TRANSFORM if part in each.get("transform", {})),
        }
        for each in shown["fields"]
    ]
    desk.show(rows, entity="entity", field="field", heldIn="held in", words="words", form="form", required="required")
    _tell_costs(desk, shown)
    turned = f"; {shown.get('turned', 0)} records turned so far" if shown["state"] == "changing" else ""
    desk.tell(f"version {shown['version']}, {shown['state'].replace('_', ' ')}{turned}")


def _tell_costs(desk: Desk, found: dict[str, Any]) -> None:
    for each in (*found["rewrites"], *found["displaced"]):
        desk.tell(f"{each['field']}: {each['reason']}")


def dry_run(desk: Desk, asked: argparse.Namespace) -> int:
    """Show what a sync would write to a CRM, field by field, without writing anything."""
    try:
        body = _draft(asked)
    except _UnusableError as error:
        desk.tell(f"crmbridge: {error}")
        return WRONG
    rows, batches = 0, 0
    for page in _pages(desk, f"{ALL}/{asked.integration}/mappings/dry-run", body):
        for batch in page["batches"]:
            desk.show(
                list(_lines(batch, whole=desk.as_json)), record="record", what="what", field="field", change="change"
            )
            rows, batches = rows + len(batch["rows"]), batches + 1
        desk.tell(f"{rows} rows in {batches} writes so far")
    desk.tell(f"{rows} rows in {batches} writes; nothing was written")
    return OK


def _draft(asked: argparse.Namespace) -> dict[str, Any]:
    body: dict[str, Any] = {"entity": asked.entity} if asked.entity else {}
    if asked.mappings:
        body["fields"] = _read(asked.mappings)
    if asked.direction:
        body["syncConfig"] = {"direction": asked.direction}
    return body


def _pages(desk: Desk, path: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    page = desk.api.post(path, body)
    yield page
    while "nextCursor" in page:
        page = desk.api.post(path, {**body, "cursor": page["nextCursor"]})
        yield page


def _lines(batch: dict[str, Any], *, whole: bool) -> Iterator[dict[str, Any]]:
    for row in batch["rows"]:
        if whole:
            yield {**row, "entity": batch["entity"], "kind": batch["kind"]}
            continue
        changes = row["changes"] or [{"field": "", "after": None}]
        for each in changes:
            before = f"{text(each['before'])} → " if "before" in each else ""
            change = f"{before}{text(each['after'])}" if each["field"] else ""
            yield {"record": row["recordId"], "what": batch["kind"], "field": each["field"], "change": change}


def _read(path: str | None) -> list[Any]:
    """Return the overrides in a file: a JSON list, or an object with ``fields`` as ``mappings --json`` prints it."""
    if not path:
        return []
    try:
        found: Any = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _UnusableError(f"{path}: {error}") from error
    overrides: Any = cast("dict[str, Any]", found).get("fields") if isinstance(found, dict) else found
    if not isinstance(overrides, list):
        raise _UnusableError(f"{path}: this is no list of overrides")
    return cast("list[Any]", overrides)
