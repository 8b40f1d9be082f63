"""Links between records: many in one call where the account takes that, one record at a time where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crmbridge.connectors.kommo.client.calls import Calls
from crmbridge.connectors.kommo.client.errors import PROVIDER, is_missing
from crmbridge.connectors.kommo.mapping.rule_types import ObjectRule
from crmbridge.errors import FatalProviderError
from crmbridge.ports import WriteOp

MOST = 50
_Link = tuple[str, str, str, str]
"""(op id, record id, object at the other end, id there)."""


class Linker:
    """Makes and ends links."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._takes_many = True

    def write(self, rule: ObjectRule, written: Sequence[tuple[WriteOp, str]]) -> dict[str, FatalProviderError]:
        """Bring the references of written rows about.

        The old company is let go first, for a record has one at most; other links are made before any is ended.

        Returns:
            Refusals by op id.
        """
        added, removed = _changes(rule, written)
        single = [each for each in removed if each[2] == "companies"]
        others = [each for each in removed if each[2] != "companies"]
        failed = self._send(rule, "unlink", single)
        failed |= self._send(rule, "link", [each for each in added if each[0] not in failed])
        failed |= self._send(rule, "unlink", [each for each in others if each[0] not in failed])
        return failed

    def _send(self, rule: ObjectRule, verb: str, links: Sequence[_Link]) -> dict[str, FatalProviderError]:
        failed: dict[str, FatalProviderError] = {}
        for start in range(0, len(links), MOST):
            part = links[start : start + MOST]
            if len(part) == 1 or not (self._takes_many and self._many(rule, verb, part)):
                failed |= self._one_by_one(rule, verb, part)
        return failed

    def _many(self, rule: ObjectRule, verb: str, links: Sequence[_Link]) -> bool:
        """Send many links in one call; tells whether that was taken."""
        body = [{"entity_id": int(source), **_end(target, other)} for _, source, target, other in links]
        try:
            self._calls.send("POST", f"/{rule.path}/{verb}", body)
        except FatalProviderError as error:
            self._takes_many = not is_missing(error)
            return False
        return True

    def _one_by_one(self, rule: ObjectRule, verb: str, links: Sequence[_Link]) -> dict[str, FatalProviderError]:
        failed: dict[str, FatalProviderError] = {}
        by_record: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for op_id, source, target, other in links:
            by_record.setdefault((op_id, source), []).append(_end(target, other))
        for (op_id, source), ends in by_record.items():
            try:
                self._calls.send("POST", f"/{rule.path}/{source}/{verb}", ends)
            except FatalProviderError as error:
                failed[op_id] = error
        return failed


def _end(target: str, other: str) -> dict[str, Any]:
    return {"to_entity_id": int(other), "to_entity_type": target}


def _changes(rule: ObjectRule, written: Sequence[tuple[WriteOp, str]]) -> tuple[list[_Link], list[_Link]]:
    added: list[_Link] = []
    removed: list[_Link] = []
    for op, source in written:
        for name, wanted in op.refs.items():
            before, target = op.refs_before.get(name, ()), rule.linked[name]
            added += [(op.op_id, source, target, each) for each in wanted if each not in before]
            removed += [(op.op_id, source, target, each) for each in before if each not in wanted]
    for _, _, _, other in (*added, *removed):
        if not other.isdigit():
            raise FatalProviderError(
                f"{other[:40]!r} is no id of Kommo's", provider=PROVIDER, code="NotSupportedChoice"
            )
    return added, removed
