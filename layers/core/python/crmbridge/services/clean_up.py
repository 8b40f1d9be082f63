"""The clean-up: what lies about is removed, and what only people can put right is reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crmbridge.domain.due import with_due
from crmbridge.domain.findings import invalid_fields
from crmbridge.domain.integrations import Integration
from crmbridge.domain.keys import NaturalKey, natural_keys
from crmbridge.domain.messages import SyncStep
from crmbridge.domain.records import Entity, LastChange, Record
from crmbridge.ports import Document, Save
from crmbridge.services._leftovers import drop_leftovers
from crmbridge.services.hub import Hub, entities_of, load_integrations

ENTITIES: tuple[Entity, ...] = ("company", "contact", "lead", "deal", "activity")
"""What is looked through, in this order."""

PAGE = 200
LISTED_MAX = 200
"""Findings of one kind that a report lists; all are counted."""

KEPT_S = 90 * 24 * 3600
"""How long a report is kept, in seconds."""


def clean_up(hub: Hub, step: SyncStep, *, has_time: Callable[[], bool]) -> Mapping[str, Any] | None:
    """Go on with the clean-up of an integration, from where the last worker stopped; then queue the next step.

    Args:
        step: whose integration; its run id names the report, empty for a new one.
        has_time: whether another page may still be begun.

    Returns:
        The report as it stands, ``None`` where there is nothing to clean.
    """
    integrations = load_integrations(hub, step.workspace_id)
    integration = integrations.get(step.integration_id)
    if integration is None:
        return None
    cleaning = _Cleaning(hub, integration, integrations, _held(hub, integration, step.run_id))
    while cleaning.left and has_time():
        cleaning.page()
    cleaning.save()
    if cleaning.left:
        hub.queues.send_steps([replace(step, run_id=cleaning.document.sk)])
    return cleaning.report


def list_clean_ups(hub: Hub, workspace_id: str, integration_id: str) -> list[dict[str, Any]]:
    """Return the reports of an integration's clean-ups, newest first, without their places."""
    found = hub.documents.query(f"{workspace_id}#CLEANUP#{integration_id}")
    return [{name: each.body[name] for name in _SHOWN} for each in reversed(found)]


_SHOWN = ("report_id", "status", "started_at", "ended_at", "counts", "duplicates", "invalid")


def _held(hub: Hub, integration: Integration, report_id: str) -> Document:
    pk = f"{integration.workspace_id}#CLEANUP#{integration.integration_id}"
    held = hub.documents.get(pk, report_id) if report_id else None
    if held is not None:
        return held
    now = hub.now()
    fresh: dict[str, Any] = {
        "report_id": report_id or hub.new_id("cln"),
        "status": "running",
        "started_at": now.isoformat(),
        "ended_at": None,
        "counts": dict.fromkeys(_COUNTS, 0),
        "duplicates": [],
        "invalid": [],
        "entities": [each for each in ENTITIES if each in entities_of(hub, integration)],
        "cursor": None,
    }
    return Document(pk, fresh["report_id"], fresh, expires_at=int(now.timestamp()) + KEPT_S)


_COUNTS = ("records", "duplicates", "dead_links", "leftovers", "invalid_emails", "invalid_phones")


@dataclass(slots=True)
class _Cleaning:
    hub: Hub
    integration: Integration
    integrations: Mapping[str, Integration]
    document: Document

    @property
    def report(self) -> dict[str, Any]:
        return dict(self.document.body)

    @property
    def left(self) -> bool:
        return self.document.body["status"] == "running"

    def page(self) -> None:
        """Look through one page of records; after the last one, through what integrations that are gone left behind."""
        body = self.report
        if not body["entities"]:
            body["counts"] = {**body["counts"], "leftovers": drop_leftovers(self.hub, self.integration.workspace_id)}
            body["status"], body["ended_at"] = "done", self.hub.now().isoformat()
            self.document = replace(self.document, body=body)
            return
        entity: Entity = body["entities"][0]
        workspace_id = self.integration.workspace_id
        page = self.hub.records.list_records(workspace_id, entity, cursor=body["cursor"], limit=PAGE)
        self.integrations = load_integrations(self.hub, workspace_id)  # read after the page: whatever it links is there
        body["counts"] = dict(body["counts"])
        body["counts"]["records"] += len(page.items)
        body["counts"]["dead_links"] += self._unlink(page.items)
        ours = [each for each in page.items if self.integration.integration_id in each.links and _is_there(each)]
        self._find_invalid(body, ours)
        self._find_doubles(body, entity, ours)
        body["cursor"] = page.next_cursor
        if page.next_cursor is None:
            body["entities"] = body["entities"][1:]
        self.document = replace(self.document, body=body)

    def save(self) -> None:
        """Store the report.

        Raises:
            ConflictError: another worker goes on with it.
        """
        self.document = self.hub.documents.put(self.document)

    def _unlink(self, records: Sequence[Record]) -> int:
        """Take away the places of records in integrations that are gone; returns how many."""
        saves: list[Save] = []
        for record in records:
            links = {key: link for key, link in record.links.items() if key in self.integrations}
            if len(links) == len(record.links):
                continue
            last = LastChange("reconciled", self.integration.integration_id, self.hub.now())
            after = with_due(replace(record, links=links), self.integrations.values(), rev=record.rev + 1, last=last)
            saves.append(Save(record, after))
        stored = self.hub.records.save_many(saves)  # what has moved meanwhile is cleaned the next time
        pairs = [(each.before, each.after) for each, ok in zip(saves, stored, strict=True) if ok]
        return sum(len(before.links) - len(after.links) for before, after in pairs if before is not None)

    def _find_invalid(self, body: dict[str, Any], records: Sequence[Record]) -> None:
        for record in records:
            for name, kind in invalid_fields(record):
                body["counts"][f"invalid_{kind}s"] += 1
                _list(body, "invalid", {"record_id": record.record_id, "field": name})

    def _find_doubles(self, body: dict[str, Any], entity: Entity, records: Sequence[Record]) -> None:
        """List records that share an address, a number or a domain; each group at the oldest of its records."""
        wanted: dict[NaturalKey, set[str]] = {}
        for record in records:
            for key, value in natural_keys(record):
                wanted.setdefault(key, set()).add(value)
        ids = {each.record_id for each in records}
        for key, values in sorted(wanted.items()):
            found = self.hub.records.find_key(self.integration.workspace_id, entity, key, sorted(values))
            groups = sorted({tuple(sorted(each)) for each in found.values() if len(each) > 1})
            for group in groups:
                if group[0] in ids:
                    body["counts"]["duplicates"] += 1
                    _list(body, "duplicates", {"entity": entity, "key": key, "record_ids": list(group)})


def _list(body: dict[str, Any], name: str, finding: Mapping[str, Any]) -> None:
    if len(body[name]) < LISTED_MAX:
        body[name] = [*body[name], dict(finding)]


def _is_there(record: Record) -> bool:
    return record.deleted_at is None and not record.merged_into
