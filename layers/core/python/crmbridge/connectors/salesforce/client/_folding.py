"""Ops on one record folded into one row, rows of one account standing together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crmbridge.connectors.salesforce.mapping.ids import Kept, id_of
from crmbridge.ports import WriteOp


@dataclass(slots=True)
class Folded:
    """One row that will be sent, and the places of all ops that it stands for."""

    op: WriteOp
    places: list[int]


def fold(entity: Kept, ops: Sequence[tuple[int, WriteOp]]) -> list[Folded]:
    """Fold ops on one record, the later values winning, and sort by parent account, else locks collide."""
    folded: dict[str, Folded] = {}
    for place, op in ops:
        key = id_of(entity, op.external_id) or op.external_id or op.op_id
        held = folded.get(key)
        if held is None:
            folded[key] = Folded(op, [place])
            continue
        held.places.append(place)
        held.op = replace(
            held.op,
            fields={**held.op.fields, **op.fields},
            refs={**held.op.refs, **op.refs},
            refs_before={**op.refs_before, **held.op.refs_before},
        )
    return sorted(folded.values(), key=lambda each: "".join(each.op.refs.get("company", ())[:1]))
