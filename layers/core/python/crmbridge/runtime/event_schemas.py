"""The events' schemas (JSON Schema, draft 4, as EventBridge's registry takes): ``make schemas`` writes docs/events."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from crmbridge.domain.events.envelope import VERSION
from crmbridge.domain.records import ENTITIES, Entity
from crmbridge.runtime._shapes import Shape, anything, choice, many, maybe, moment, table, text, thing, whole

SOURCE = "crm-bridge"

_RECORD: Mapping[str, Shape] = {
    "recordId": text("Ours; its first three letters tell the entity."),
    "entity": choice(*ENTITIES),
    "rev": whole("Revision of the record after this change; a later change has a greater one.", least=1),
    "source": text("Integration that the change came from; `hub` for our own API."),
    "places": table(text(), "By integration, the CRM's own id of its copy."),
}
_INTEGRATION: Mapping[str, Shape] = {
    "integrationId": text(),
    "provider": text("The CRM's name, such as `hubspot`."),
}
_RUN: Mapping[str, Shape] = {
    **_INTEGRATION,
    "runId": text(),
    "mode": choice("baseline", "incremental", "comparison"),
    "status": choice("done", "partial", "failed", "stalled", "cancelled"),
    "startedAt": moment(),
    "endedAt": moment("When the last page was stored."),
    "counts": table(table(whole()), "Per entity, what became of its rows."),
    "skipped": many(text(), "Entities that the CRM would not show, or not to the end."),
}
_NAMES = many(text(), "Names of the fields that have a value, or that changed.")
_VALUES = table(anything(), "By field; canonical values.")
_CONFLICT = choice("field", "double", "twin", doc="A field; a possible double; two copies in another CRM.")
_ONE_CRM: Mapping[str, Shape] = {**_RECORD, "integrationId": text("In which CRM.")}
_WORDS = thing({"words": text("The CRM's own words, or ours.")}, needs=["words"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of event.

    Attributes:
        doc: when it is told.
        data: what it always says.
        also: what it says where that applies.
        values: what may be personal; ``None`` where nothing is.
    """

    doc: str
    data: Mapping[str, Shape]
    also: Mapping[str, Shape] | None = None
    values: Shape | None = None


def kinds() -> dict[str, Kind]:
    """Return every kind of event that is published, by its name."""
    return {
        **{name: each for entity in ENTITIES for name, each in _of_entity(entity)},
        "deal_stage_changed": Kind(
            doc="A deal has moved to another stage; beside deal_updated.",
            data={**_RECORD, "from": maybe(text("Canonical stage.")), "to": maybe(text("Canonical stage."))},
        ),
        "write_refused": Kind(
            doc="A CRM refuses a record for good; a corrected value goes out again by itself.",
            data={**_ONE_CRM, "code": text("The vendor's code, or ours.")},
            values=_WORDS,
        ),
        "conflict_detected": Kind(
            doc="People must decide.",
            data={**_RECORD, "conflict": _CONFLICT},
            also={
                "field": text("Which field is in conflict."),
                "integrations": many(text(), "Between which."),
                "candidates": many(text(), "Records that it may be a double of."),
            },
            values=thing({"sides": table(anything(), "By integration, its value.")}, needs=["sides"]),
        ),
        "conflict_resolved": Kind(
            doc="Nothing is left to decide about a field, or about possible doubles.",
            data={**_RECORD, "conflict": _CONFLICT},
            also={"field": text("Which field was in conflict.")},
        ),
        **{name: Kind(doc=doc, data=_INTEGRATION) for name, doc in _STANDINGS.items()},
        **{name: Kind(doc=doc, data={**_INTEGRATION, "entity": choice(*ENTITIES)}) for name, doc in _HELD.items()},
        **{name: Kind(doc=doc, data=_RUN, values=_WORDS) for name, doc in _RUNS.items()},
    }


def _of_entity(entity: Entity) -> Iterator[tuple[str, Kind]]:
    article = "an" if entity == "activity" else "a"
    yield (
        f"{entity}_created",
        Kind(
            doc=f"There is {article} {entity} that was not there before.",
            data={**_RECORD, "fields": _NAMES},
            values=thing({"new": _VALUES}, needs=["new"]),
        ),
    )
    yield (
        f"{entity}_updated",
        Kind(
            doc=f"Fields of {article} {entity} have other values.",
            data={**_RECORD, "fields": _NAMES},
            values=thing({"old": _VALUES, "new": _VALUES}, needs=["old", "new"]),
        ),
    )
    yield f"{entity}_deleted", Kind(doc=f"{article.title()} {entity} was deleted, everywhere.", data=_RECORD)
    yield (
        f"{entity}_merged",
        Kind(
            doc=f"{article.title()} {entity} has become part of another.",
            data={**_RECORD, "into": text("The record that it became part of.")},
        ),
    )
    yield (
        f"{entity}_unlinked",
        Kind(doc=f"{article.title()} {entity} was deleted in one CRM and stays in the others.", data=_ONE_CRM),
    )


_STANDINGS: Mapping[str, str] = {
    "integration_added": "A CRM was connected for the first time.",
    "integration_removed": "An integration was removed.",
    "integration_paused": "People have paused an integration.",
    "integration_resumed": "People have resumed an integration.",
    "integration_disconnected": "People have disconnected a CRM; its integration stays.",
    "authentication_lost": "A CRM no longer accepts our authorisation; people must connect it again.",
    "authentication_restored": "A CRM was connected again.",
    "circuit_opened": "A CRM does not answer and is left alone for a while.",
    "circuit_closed": "A CRM answers again.",
    "quota_warning": "A CRM lets us make hardly any more calls for now.",
    "quota_recovered": "A CRM lets us make calls again.",
    "webhooks_disabled": "A CRM does not send us its changes any more, or refuses to.",
    "webhooks_restored": "A CRM sends us its changes again.",
}
_HELD: Mapping[str, str] = {
    "deletions_held": "So many records were deleted at once that people must decide.",
    "deletions_released": "People have decided about the deletions.",
}
_RUNS: Mapping[str, str] = {
    "sync_completed": "A CRM was read, or compared; `partial` where not everything could be.",
    "sync_failed": "Reading ended early; it is tried again at the next interval.",
    "sync_stalled": "Reading makes no progress, or keeps leaving something out; it is still tried.",
    "sync_cancelled": "Reading ended because the integration was paused or disconnected.",
}


def schemas() -> dict[str, Shape]:
    """Return the schema of each kind's ``detail``, by its name."""
    return {name: _schema(name, each) for name, each in sorted(kinds().items())}


def _schema(name: str, kind: Kind) -> Shape:
    envelope: dict[str, Shape] = {
        "id": text("The same whenever this happening is told again; take each id once."),
        "type": choice(name),
        "version": {"type": "integer", "enum": [VERSION]},
        "workspace": text(),
        "time": moment("When it happened."),
        "correlation": text("The run that did it, or else what several events of one change have in common."),
        "payload": choice("ids", "full", doc="Whether `values` are there."),
        "data": thing({**kind.data, **(kind.also or {})}, needs=list(kind.data)),
    }
    needs = list(envelope)
    if kind.values is not None:
        envelope["values"] = {
            **kind.values,
            "description": "Only in full payloads: what may be personal.",
        }
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": name,
        "x-amazon-events-source": SOURCE,
        "x-amazon-events-detail-type": name,
        **thing(envelope, kind.doc, needs=needs),
    }


def to_texts() -> dict[str, str]:
    """Return the schemas as the files hold them, by file name."""
    return {f"{name}.json": json.dumps(each, indent=1, ensure_ascii=False) + "\n" for name, each in schemas().items()}


def main(folders: Iterable[str]) -> None:
    """Write the schemas to a folder, and remove those of kinds that are published no more."""
    from pathlib import Path  # noqa: PLC0415 - a developer's errand, in a file that functions do not load

    for folder in map(Path, folders):
        folder.mkdir(parents=True, exist_ok=True)
        wanted = to_texts()
        for name, content in wanted.items():
            (folder / name).write_text(content, encoding="utf-8")
        for stale in folder.glob("*.json"):
            if stale.name not in wanted:
                stale.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
