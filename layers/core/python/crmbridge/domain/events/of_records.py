"""Which events one change of a record is, by its images before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from crmbridge.domain.events.envelope import Event, id_of
from crmbridge.domain.records import Conflict, Link, Record, Value

Told: TypeAlias = tuple[str, str, dict[str, Any], dict[str, Any]]
"""Kind, what sets it apart from others of its kind, data, and what may be personal."""

GONE = frozenset({"deleted", "deleting"})


def events_of(before: Record | None, after: Record) -> tuple[Event, ...]:
    """Return what a change says to others; pushing settles links, and says nothing.

    Args:
        before: ``None`` for a new record.
        after: as it was stored.
    """
    return tuple(_Change(before, after).events())


@dataclass(frozen=True, slots=True)
class _Change:
    before: Record | None
    after: Record

    def events(self) -> Iterator[Event]:
        after, last = self.after, self.after.last
        at = last.at if last is not None else after.created_at or datetime.fromtimestamp(0, UTC)
        run_id = last.run_id if last is not None else ""
        for kind, apart, data, values in (*self._life(), *self._links(), *self._decisions()):
            yield Event(
                event_id=id_of(after.workspace_id, after.record_id, after.rev, kind, apart),
                kind=kind,
                workspace_id=after.workspace_id,
                at=at,
                correlation_id=run_id or f"{after.record_id}.{after.rev}",
                data={**self._about(), **data},
                values=values,
            )

    def _about(self) -> dict[str, Any]:
        after = self.after
        places = {key: link.external_id for key, link in after.links.items() if link.external_id}
        return {
            "recordId": after.record_id,
            "entity": after.entity,
            "rev": after.rev,
            "source": after.last.integration_id if after.last is not None else "",
            "places": dict(sorted(places.items())),
        }

    # ---------------------------------------------------------------------------------- the record itself

    def _life(self) -> Iterator[Told]:
        before, after, entity = self.before, self.after, self.after.entity
        was, is_there = before is not None and _is_there(before), _is_there(after)
        if was and after.merged_into:
            yield f"{entity}_merged", "", {"into": after.merged_into}, {}
        elif was and not is_there:
            yield f"{entity}_deleted", "", {}, {}
        elif is_there and not was:
            held = {name: _plain(value) for name, value in after.fields.items() if value is not None}
            yield f"{entity}_created", "", {"fields": sorted(held)}, {"new": held}
        elif is_there and before is not None:
            yield from self._edited(before)

    def _edited(self, before: Record) -> Iterator[Told]:
        old, new = before.fields, self.after.fields
        names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
        if not names:
            return
        values = {side: {name: _plain(held.get(name)) for name in names} for side, held in (("old", old), ("new", new))}
        yield f"{self.after.entity}_updated", "", {"fields": names}, values
        if self.after.entity == "deal" and "stage" in names:
            yield "deal_stage_changed", "", {"from": _plain(old.get("stage")), "to": _plain(new.get("stage"))}, {}

    # ---------------------------------------------------------------------------------- its places

    def _links(self) -> Iterator[Told]:
        before: Mapping[str, Link] = {} if self.before is None else self.before.links
        for key, link in sorted(self.after.links.items()):
            held = before.get(key)
            if link.parked is not None and (held is None or held.parked != link.parked):
                refused = {"integrationId": key, "code": link.parked.code}
                yield "write_refused", key, refused, {"words": link.parked.words}
            if held is not None and held.state not in GONE and link.state == "deleted" and _is_there(self.after):
                yield f"{self.after.entity}_unlinked", key, {"integrationId": key}, {}

    # ---------------------------------------------------------------------------------- what people must decide

    def _decisions(self) -> Iterator[Told]:
        before, after = self.before, self.after
        frozen: Mapping[str, Conflict] = {} if before is None else before.frozen
        for name, conflict in sorted(after.frozen.items()):
            if name not in frozen or frozen[name].sides.keys() != conflict.sides.keys():
                found = {"conflict": "field", "field": name, "integrations": sorted(conflict.sides)}
                sides = {key: _plain(side.value) for key, side in conflict.sides.items()}
                yield "conflict_detected", f"field {name} {sorted(sides)}", found, {"sides": sides}
        for name in sorted(frozen.keys() - after.frozen.keys()):
            yield "conflict_resolved", f"field {name}", {"conflict": "field", "field": name}, {}
        had = () if before is None else before.candidates
        if after.candidates and after.candidates != had:
            yield "conflict_detected", "double", {"conflict": "double", "candidates": list(after.candidates)}, {}
        if had and not after.candidates:
            yield "conflict_resolved", "double", {"conflict": "double"}, {}
        twins = self._twins()
        if twins:
            yield "conflict_detected", "twin", {"conflict": "twin", "integrations": twins}, {}

    def _twins(self) -> list[str]:
        """Return the CRMs that still hold a copy of a record which another CRM has merged into one they hold, too."""
        before, after, last = self.before, self.after, self.after.last
        if before is None or last is None or last.kind != "merged" or after.merged_into:
            return []
        here, there = before.links.get(last.integration_id), after.links.get(last.integration_id)
        if here is None or there is None or here.state == "deleted" or there.state != "deleted":
            return []
        return sorted(key for key, link in after.links.items() if link.state in ("active", "invisible", "creating"))


def _is_there(record: Record) -> bool:
    return record.deleted_at is None and not record.merged_into


def _plain(value: Value) -> Any:  # noqa: ANN401 - JSON
    return list(value) if isinstance(value, tuple) else value
