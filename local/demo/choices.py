"""Stages and industries: no two vendors have the same list, so the translation itself is judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from local.demo.canonical import word

ENDS: Mapping[str, str] = {"closedwon": "won", "closedlost": "lost"}
"""The two stages both vendors have by default, letters only, and what they mean."""


@dataclass(slots=True)
class Translation:
    """How one field's entries of one CRM came out in another.

    A translation is right when one entry always becomes the same one, when won and lost stay
    won and lost and nothing else becomes them, and when an entry both lists have is kept.
    Several may become one where the other list is shorter, and stages of the same name where they stand for different
    steps of selling.

    Attributes:
        is_own_list: the other CRM leaves out what is not on its list.
    """

    name: str
    is_own_list: bool = False
    _seen: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict[str, str]))

    def add(self, source: str, target: str, *, key: str) -> None:
        """Note that ``source`` stands as ``target`` in the other CRM, for one thing."""
        self._seen[source].setdefault(target, key)

    def faults(self, *, target_entries: frozenset[str]) -> list[tuple[str, str]]:
        """Return what is wrong, each with the key of a thing that shows it.

        Args:
            target_entries: every entry of the other CRM's list that was seen anywhere.
        """
        kept = {word(entry) for entry in target_entries}
        found: list[tuple[str, str]] = []
        for source, targets in self._seen.items():
            if len(targets) > 1:
                found.append((f"{source!r} became {sorted(targets)}", max(targets.values())))
            for target, key in targets.items():
                reason = self._fault(source, target, kept=kept)
                if reason:
                    found.append((reason, key))
        return found

    def _fault(self, source: str, target: str, *, kept: set[str]) -> str:
        if not target:
            return "" if self.is_own_list else f"{source!r} became nothing"
        if ENDS.get(word(source)) != ENDS.get(word(target)):
            return f"{source!r} became {target!r}, which means something else"
        if self.name != "stage" and word(source) in kept and word(target) != word(source):
            return f"{source!r} became {target!r} although the other list has it too"
        return ""

    def table(self) -> dict[str, list[str]]:
        """Return each entry with what it became, for the report."""
        return {source: sorted(targets) for source, targets in sorted(self._seen.items())}
