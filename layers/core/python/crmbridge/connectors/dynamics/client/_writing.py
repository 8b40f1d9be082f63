"""Writes: one batch of rows, a second one for those that must be closed or opened, a third for a deal's contacts.

Source: Dataverse developer guide, update and delete (If-Match), upsert by alternate key, batch operations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from crmbridge.connectors.dynamics import CONNECTOR
from crmbridge.connectors.dynamics.client._api import REPRESENTED, ROOT, Api, below
from crmbridge.connectors.dynamics.client._batch import Reply, Request
from crmbridge.connectors.dynamics.client._closing import steps_to
from crmbridge.connectors.dynamics.client._connections import Connections, Wanted
from crmbridge.connectors.dynamics.client._directory import Directory
from crmbridge.connectors.dynamics.client._errors import DUPLICATE, PROVIDER, UNKNOWN_COLUMN, part_error
from crmbridge.connectors.dynamics.client._outcomes import Outcome, misplaced, refused, unplaced
from crmbridge.connectors.dynamics.client._reading import Reader
from crmbridge.connectors.dynamics.client._shaped import Rows
from crmbridge.connectors.dynamics.mapping.columns import EXTERNAL_ID
from crmbridge.connectors.dynamics.mapping.guids import guid_of
from crmbridge.connectors.dynamics.mapping.observing import target_of
from crmbridge.connectors.dynamics.mapping.payloads import payload
from crmbridge.connectors.dynamics.mapping.places import Place, place_for, place_of, row_id_of
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import RowResult, WriteOp

_BATCH = CONNECTOR.limits.write_batch


class Writer:
    """Writes rows of one organization."""

    def __init__(self, api: Api, directory: Directory, rows: Rows, reader: Reader, connections: Connections) -> None:
        self._api, self._directory, self._shaped = api, directory, rows
        self._reader, self._connections = reader, connections

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write rows, one result per row in input order.

        Raises:
            RetriableProviderError: no whole answer came (``may_have_applied`` when rows may have been written).
            FatalProviderError: the batch is refused as a whole.
        """
        results: list[RowResult] = []
        for start in range(0, len(ops), _BATCH):
            outcomes = [self._outcome(entity, op) for op in ops[start : start + _BATCH]]
            self._first(outcomes)
            for place in {each.place.table: each.place for each in outcomes if each.place}.values():
                self._settle(place, [each for each in outcomes if each.place == place])
            results += [each.result for each in outcomes if each.result is not None]
        return tuple(results)

    # ---------------------------------------------------------------------------------- the rows themselves

    def _outcome(self, entity: Entity, op: WriteOp) -> Outcome:
        if op.kind in ("update", "delete"):
            place = place_of(entity, op.external_id)
            return Outcome(op, place) if place else Outcome(op, None, result=misplaced(entity, op))
        place = place_for(entity, op.fields.get("kind"))
        return Outcome(op, place) if place else Outcome(op, None, result=unplaced(op))

    def _first(self, outcomes: Sequence[Outcome]) -> None:
        """Send every row and note what became of it."""
        sent = [each for each in outcomes if each.result is None]
        requests = [self._request(each) for each in sent]
        replies = self._api.batch(requests) if requests else []
        for each, reply in zip(sent, replies, strict=True):
            self._take(each, reply)

    def _request(self, outcome: Outcome) -> Request:
        op, place = outcome.op, outcome.at
        if op.kind == "delete":
            return Request(method="DELETE", path=f"{ROOT}/{place.set_name}({row_id_of(place, op.external_id)})")
        facts = self._directory.facts(place)
        sent = payload(op, facts)
        outcome.target = sent.target
        headers = {"Prefer": REPRESENTED}
        select = {"$select": self._shaped.select(place)}
        if op.kind == "update":
            path = below(f"{place.set_name}({row_id_of(place, op.external_id)})", select)
            if not sent.body:
                return Request(method="GET", path=path, headers=headers)
            return Request(method="PATCH", path=path, body=sent.body, headers={**headers, "If-Match": "*"})
        if op.kind == "create":
            headers["If-None-Match"] = "*"
        return Request(method="PATCH", path=below(self._new_path(place, op), select), body=sent.body, headers=headers)

    def _new_path(self, place: Place, op: WriteOp) -> str:
        """Return the path of a new row: by our own key, or by an id made of it where the table takes no key.

        Raises:
            RetriableProviderError: our column does not exist yet.
        """
        if not place.has_key:
            return f"{place.set_name}({guid_of(op.op_id)})"
        if self._directory.schema(place).writable(EXTERNAL_ID) is None:
            raise RetriableProviderError(
                f"{place.table}.{EXTERNAL_ID} does not exist or is not visible to us; provision it first",
                provider=PROVIDER,
                code="EXTERNAL_ID_FIELD_MISSING",
            )
        return f"{place.set_name}({EXTERNAL_ID}='{op.op_id}')"

    def _take(self, outcome: Outcome, reply: Reply) -> None:
        op, place = outcome.op, outcome.at
        if reply.status < 400:
            outcome.row = reply.body
            row_id = str(reply.body.get(place.key) or "")
            external_id = place.external_id(row_id) if row_id else op.external_id
            outcome.result = RowResult(op.op_id, external_id, created=reply.status == 201)
            return
        error = part_error(reply.status, reply.headers, reply.body)
        if error.code in UNKNOWN_COLUMN:
            self._directory.forget_shape(place)
        outcome.result = refused(op, place, error, is_conflict=op.kind != "update" and error.code in DUPLICATE)

    # ---------------------------------------------------------------------------------- what follows

    def _settle(self, place: Place, outcomes: Sequence[Outcome]) -> None:
        """Bring written rows into their states and connect contacts; then say how they are now.

        Raises:
            RetriableProviderError: with ``may_have_applied``: the rows are written, what follows may not be.
        """
        written = [each for each in outcomes if each.row]
        try:
            moved = self._move(place, written)
            moved += self._link(written) if place.entity == "deal" else []
            fresh = self._reader.rows(place, [each.result.external_id for each in moved if each.result])
        except (RetriableProviderError, FatalProviderError) as error:
            if isinstance(error, RetriableProviderError):
                error.may_have_applied = True
            raise
        by_id: Mapping[str, Mapping[str, Any]] = {str(row[place.key]).lower(): row for row in fresh}
        for each in moved:
            each.row = by_id.get(str(each.row[place.key]).lower(), each.row)
        good, _ = self._shaped.observations(place, [each.row for each in written])
        seen = {each.external_id: each for each in good}
        for each in written:
            if each.result is not None:
                each.result = replace(each.result, observation=seen.get(each.result.external_id))

    def _move(self, place: Place, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Close, open or qualify rows whose state is not the wanted one; returns those that were touched."""
        facts = self._directory.facts(place)
        moves = [(each, steps) for each in outcomes if (steps := steps_to(each.target, each.row, facts))]
        replies = self._api.batch([steps[0] if len(steps) == 1 else steps for _, steps in moves]) if moves else []
        for (each, _), reply in zip(moves, replies, strict=True):
            if reply.status >= 400 and each.result is not None:
                each.result = replace(each.result, error=part_error(reply.status, reply.headers, reply.body))
        return [each for each, _ in moves]

    def _link(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Give deals their contacts; returns those that were touched."""
        touched = [each for each in outcomes if "contacts" in each.op.refs and each.result and not each.result.error]
        mains = self._mains(touched)
        wanted = [
            Wanted(
                deal_id=str(each.row["opportunityid"]).lower(),
                main=mains[place],
                contacts=each.op.refs["contacts"],
                before=each.op.refs_before.get("contacts", ()),
            )
            for place, each in enumerate(touched)
        ]
        errors = self._connections.bring(wanted) if wanted else {}
        for each, one in zip(touched, wanted, strict=True):
            if one.deal_id in errors and each.result is not None:
                each.result = replace(each.result, error=errors[one.deal_id])
        return touched

    def _mains(self, outcomes: Sequence[Outcome]) -> list[str]:
        """Return the contact in each deal's own column, replaced where it shall be no more.

        A column that is empty stays so while there are other contacts: people choose whom they put there.
        """
        mains = [target_of(each.row, "parentcontactid")[1] for each in outcomes]
        lost = [
            place
            for place, each in enumerate(outcomes)
            if mains[place] and mains[place] not in each.op.refs["contacts"]
        ]
        requests: list[Request] = []
        for place in lost:
            contacts = outcomes[place].op.refs["contacts"]
            mains[place] = contacts[0] if contacts else ""
            value = f"/contacts({mains[place]})" if contacts else None
            path = f"{ROOT}/opportunities({outcomes[place].row['opportunityid']})"
            body = {"parentcontactid@odata.bind": value}
            requests.append(Request(method="PATCH", path=path, body=body, headers={"If-Match": "*"}))
        replies = self._api.batch(requests) if requests else []
        for place, reply in zip(lost, replies, strict=True):
            result = outcomes[place].result
            if reply.status >= 400 and result is not None:
                outcomes[place].result = replace(result, error=part_error(reply.status, reply.headers, reply.body))
        return mains
