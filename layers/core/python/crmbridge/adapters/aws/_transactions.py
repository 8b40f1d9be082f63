"""Many saves in few transactions, so that one that is refused hinders no other."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from crmbridge.adapters._look_ups import LookUps, look_ups
from crmbridge.adapters.aws._faults import BUSY, Backoff, code_of
from crmbridge.adapters.aws._record_items import look_up_actions, pass_on, record_put
from crmbridge.adapters.aws._table import Table
from crmbridge.ports import Save

MOST_ACTIONS = 100
"""Actions that DynamoDB takes in one transaction."""

MOST_BYTES = 3_900_000
"""Bytes of one transaction on the wire: escaped JSON is never shorter than the items DynamoDB counts up to 4 MB."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """One save as a transaction's actions.

    Attributes:
        number: place of the save among those it came with.
        keys: every item it touches; no transaction may touch one twice.
        size: bytes of the actions as JSON.
    """

    number: int
    actions: tuple[Mapping[str, Any], ...]
    keys: frozenset[Key]
    size: int


def plan(number: int, save: Save, changes: LookUps, *, table: str) -> Plan:
    """Return the actions that store a save together with its look-ups."""
    put = {"Put": record_put(save, table=table)}
    actions = (put, *look_up_actions(save.after, changes, table=table))
    touched = [each.get("Item") or each["Key"] for action in actions for each in action.values()]
    return Plan(
        number,
        actions,
        frozenset((item["pk"]["S"], item["sk"]["S"]) for item in touched),
        len(json.dumps(actions, default=_on_the_wire)),
    )


def together(saves: Sequence[Save], *, table: str) -> Plan:
    """Return the actions that store some saves as one; what one record gives up another may take."""
    changes = [look_ups(save) for save in saves]
    givers = {key: save.after for save, each in zip(saves, changes, strict=True) for key in each.gone_external}
    actions: list[Mapping[str, Any]] = []
    keys: set[Key] = set()
    for number, (save, each) in enumerate(zip(saves, changes, strict=True)):
        passed = {key: givers[key] for key in each.new_external if key in givers}
        taken = {key for other in changes for key in other.new_external}
        rest = replace(
            each,
            new_external=tuple(key for key in each.new_external if key not in passed),
            gone_external=tuple(key for key in each.gone_external if key not in taken),
        )
        one = plan(number, save, rest, table=table)
        actions.extend(one.actions)
        actions.extend(pass_on(save.after, giver, key, table=table) for key, giver in passed.items())
        keys |= one.keys
    return Plan(0, tuple(actions), frozenset(keys), len(json.dumps(actions, default=_on_the_wire)))


def _on_the_wire(value: bytes) -> str:
    return b64encode(value).decode()


def packs(plans: Iterable[Plan]) -> Iterator[tuple[Plan, ...]]:
    """Yield plans in order, in groups that each fit one transaction and touch no item twice."""
    group, keys, actions, size = list[Plan](), set[Key](), 0, 0
    for each in plans:
        is_full = actions + len(each.actions) > MOST_ACTIONS or size + each.size > MOST_BYTES
        if group and (is_full or not keys.isdisjoint(each.keys)):
            yield tuple(group)
            group, keys, actions, size = [], set[Key](), 0, 0
        group.append(each)
        keys |= each.keys
        actions += len(each.actions)
        size += each.size
    if group:
        yield tuple(group)


def run(table: Table, pack: Sequence[Plan], *, backoff: Backoff) -> set[int]:
    """Write a pack and return the numbers of the saves that were stored.

    Saves whose condition does not hold are left out and the others tried again; so are, after some patience, saves
    that another transaction is at.

    Raises:
        ClientError: DynamoDB refuses for a reason that is no save's own, or throttles for long.
    """
    pending, waits = tuple(pack), backoff.waits()
    while pending:
        try:
            table.transact([action for each in pending for action in each.actions])
            break
        except ClientError as error:
            if code_of(error) != "TransactionCanceledException":
                raise
            codes = _codes_by_plan(error, pending)
        lost = {number for number, found in codes.items() if "ConditionalCheckFailed" in found}
        if not lost and not next(waits, False):
            lost = {number for number, found in codes.items() if "TransactionConflict" in found}
            if not lost:
                raise _throttled(table)
            waits = backoff.waits()
        pending = tuple(each for each in pending if each.number not in lost)
    return {each.number for each in pending}


def _codes_by_plan(error: ClientError, plans: Sequence[Plan]) -> dict[int, set[str]]:
    """Return the reasons of a cancelled transaction by the number of the save.

    Raises:
        ClientError: one of the reasons is neither a failed condition nor one that passes.
    """
    answer: Mapping[str, Any] = error.response
    reasons = [str(reason.get("Code", "None")) for reason in answer.get("CancellationReasons", ())]
    if not set(reasons) <= {"None", "ConditionalCheckFailed", *BUSY} or set(reasons) <= {"None"}:
        raise error
    found: dict[int, set[str]] = {}
    for each in plans:
        found[each.number], reasons = set(reasons[: len(each.actions)]), reasons[len(each.actions) :]
    return found


def _throttled(table: Table) -> ClientError:
    details: Any = {"Error": {"Code": "ThrottlingException", "Message": f"{table.name} throttles transactions"}}
    return ClientError(details, "TransactWriteItems")
