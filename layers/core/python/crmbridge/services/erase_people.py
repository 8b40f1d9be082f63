"""Take on the erasure of a person, and tell how it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from crmbridge.domain.erasure import PERSONS, Mode, identities
from crmbridge.domain.keys import NaturalKey
from crmbridge.domain.messages import SyncStep
from crmbridge.domain.records import Entity, Record
from crmbridge.errors import NotFoundError, RequestRejectedError
from crmbridge.ports import Document
from crmbridge.services import _suppressed as suppressed
from crmbridge.services.hub import Hub, load_integrations
from crmbridge.services.read_records import find_by_key, read_record

PEOPLE_MAX = 20
"""Records that one erasure may name: more than anybody has, and few enough for one document."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose data is meant.

    Attributes:
        keys: e-mail address or telephone number, in canonical form.
        record_id: in place of keys.
    """

    keys: Mapping[NaturalKey, str]
    record_id: str = ""

    @property
    def identities(self) -> frozenset[str]:
        """The same as a person's identities."""
        return frozenset(f"{key}:{value}" for key, value in self.keys.items())


def wanted_person(body: Mapping[str, Any]) -> Wanted:
    """Return whom a request means.

    Raises:
        RequestRejectedError: it names nobody, or in several ways at once.
    """
    given = [name for name in ("email", "phone", "recordId") if body.get(name)]
    if len(given) != 1:
        raise RequestRejectedError(
            "name the person in one way", field="email", next_step="send email, phone or recordId, one of them"
        )
    if given == ["recordId"]:
        return Wanted({}, str(body["recordId"]))
    value = str(body[given[0]]).strip()
    return Wanted({cast("NaturalKey", given[0]): value if given == ["phone"] else value.lower()})


def records_of(hub: Hub, workspace_id: str, wanted: Wanted) -> list[Record]:
    """Return a person's records, contacts first.

    Raises:
        NotFoundError: the record that is named does not exist.
        RequestRejectedError: a telephone number belongs to several people, or what is named is no person.
    """
    if wanted.record_id:
        record = read_record(hub, workspace_id, wanted.record_id)
        if record.entity not in PERSONS:
            raise RequestRejectedError(
                f"a {record.entity} is no person", field="recordId", next_step="send the id of a contact or lead"
            )
        return [record]
    kinds = cast("Sequence[Entity]", PERSONS)
    found = [each for kind in kinds for each in find_by_key(hub, workspace_id, kind, wanted.keys)]
    if "phone" in wanted.keys and len({each.fields.get("email") for each in found}) > 1:
        ids = ", ".join(each.record_id for each in found)
        raise RequestRejectedError(
            "several people share this telephone", field="phone", next_step=f"send recordId, one of {ids}"
        )
    return found


def start_erasure(hub: Hub, workspace_id: str, body: Mapping[str, Any], *, by: str) -> dict[str, Any]:
    """Take an erasure on; one that was taken on before is told again, and goes on if it had stopped.

    Args:
        body: as the API takes it.
        by: who asks.

    Raises:
        NotFoundError: nobody of this workspace is meant.
        RequestRejectedError: the person or a mode is wrong.
    """
    wanted = wanted_person(body)
    modes = _modes(hub, workspace_id, body.get("crms", {}))
    records = [each for each in records_of(hub, workspace_id, wanted) if each.fields]
    before = suppressed.suppressed_by(hub, workspace_id, wanted.identities) if not records else ""
    if not records and wanted.record_id:
        before = _erasure_of(hub, workspace_id, wanted.record_id)
    if before:
        return show_erasure(_resume_erasure(hub, workspace_id, before))
    if not records:
        raise NotFoundError("nobody is known by that", field="email", next_step="look with GET /api/crm/records")
    if len(records) > PEOPLE_MAX:
        raise RequestRejectedError("too many records are meant", field="email", next_step="send recordId, one by one")
    erasure_id = hub.new_id("era")
    suppressed.suppress_identities(
        hub, workspace_id, wanted.identities.union(*map(identities, records)), erasure_id=erasure_id
    )
    document = Document(
        _pk(workspace_id),
        erasure_id,
        {
            "status": "running",
            "step": "find",
            "by": by,
            "asked_at": hub.now().isoformat(),
            "default": body.get("mode", "delete"),
            "modes": modes,
            "records": [each.record_id for each in records],
            "activities": [],
            "places": {},
            "sealed": hub.cipher.encrypt(
                json.dumps(sorted(_needles(wanted, records))), context=context_of(workspace_id, erasure_id)
            ),
        },
    )
    stored = hub.documents.put(document)
    hub.queues.send_steps([SyncStep(workspace_id, "", erasure_id, "erase")])
    return show_erasure(stored)


def _needles(wanted: Wanted, records: Sequence[Record]) -> set[str]:
    """Return the addresses and numbers that other records' texts may hold."""
    keys = {each for record in records for each in identities(record) if not each.startswith("row:")}
    return {each.partition(":")[2] for each in keys | wanted.identities}


def _modes(hub: Hub, workspace_id: str, asked: Mapping[str, str]) -> dict[str, str]:
    known = load_integrations(hub, workspace_id)
    for name in asked:
        if name not in known:
            raise RequestRejectedError(
                f"there is no integration {name[:60]!r}", field="crms", next_step="use ids of integrations"
            )
    return dict(asked)


def _resume_erasure(hub: Hub, workspace_id: str, erasure_id: str) -> Document:
    document = load_erasure(hub, workspace_id, erasure_id)
    if document.body["step"] != "done":
        hub.queues.send_steps([SyncStep(workspace_id, "", erasure_id, "erase")])
    return document


def _erasure_of(hub: Hub, workspace_id: str, record_id: str) -> str:
    found = (each for each in hub.documents.query(_pk(workspace_id)) if record_id in each.body["records"])
    return next((each.sk for each in found), "")


def lift_suppression(hub: Hub, workspace_id: str, erasure_id: str) -> int:
    """Let the people of an erasure be taken in again, should they come back of their own will.

    Raises:
        NotFoundError: the workspace knows no such erasure.
    """
    load_erasure(hub, workspace_id, erasure_id)
    return suppressed.lift(hub, workspace_id, erasure_id)


def load_erasure(hub: Hub, workspace_id: str, erasure_id: str) -> Document:
    """Return one erasure's document.

    Raises:
        NotFoundError: the workspace knows no such erasure.
    """
    document = hub.documents.get(_pk(workspace_id), erasure_id)
    if document is None:
        raise NotFoundError(
            f"there is no erasure {erasure_id[:60]!r}", field="erasure_id", next_step="GET /api/crm/erasures"
        )
    return document


def list_erasures(hub: Hub, workspace_id: str) -> list[dict[str, Any]]:
    """Return a workspace's erasures, oldest first."""
    return [show_erasure(each) for each in hub.documents.query(_pk(workspace_id))]


def show_erasure(document: Document) -> dict[str, Any]:
    """Return an erasure as the API shows it: ids and outcomes, nothing of the person."""
    body = document.body
    places = [
        {"recordId": key.partition("#")[0], "integrationId": key.partition("#")[2], **each}
        for key, each in sorted(body["places"].items())
    ]
    shown = {
        "erasureId": document.sk,
        "status": body["status"],
        "step": body["step"],
        "mode": body["default"],
        "askedAt": body["asked_at"],
        "by": body["by"],
        "records": list(body["records"]),
        "activities": list(body["activities"]),
        "changed": body.get("changed", 0),
        "places": places,
    }
    return shown | ({"endedAt": body["ended_at"]} if "ended_at" in body else {})


def mode_of(document: Document, integration_id: str) -> Mode:
    """Return what becomes of a person's rows in one CRM."""
    return cast("Mode", document.body["modes"].get(integration_id, document.body["default"]))


def context_of(workspace_id: str, erasure_id: str) -> dict[str, str]:
    """Return what an erasure's encrypted part is bound to."""
    return {"workspace": workspace_id, "erasure": erasure_id}


def _pk(workspace_id: str) -> str:
    return f"{workspace_id}#ERASURE"
