"""What a call was for, by its method, path and query."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.demo.meter import CallKind, Use


@dataclass(frozen=True, slots=True)
class Rule:
    """Calls of one kind.

    Attributes:
        pattern: matches the beginning of method, path and query, such as ``GET /things?page=2``; a group ``object``
            says what the call is about, where the log does not.
    """

    kind: CallKind
    pattern: re.Pattern[str]


def rules(*pairs: tuple[CallKind, str]) -> tuple[Rule, ...]:
    """Return rules of which the first that matches counts."""
    return tuple(Rule(kind, re.compile(pattern)) for kind, pattern in pairs)


def use_of(call: Mapping[str, Any], known: Sequence[Rule], entities: Mapping[str, str]) -> Use:
    """Return what a logged call was for.

    Args:
        call: as the simulated CRM logs it.
        known: rules, the first that matches counts.
        entities: ours by the CRM's name.

    Example:
        >>> reading = rules(("list", r"GET /(?P<object>things)"))
        >>> use_of({"method": "GET", "path": "/things", "query": ""}, reading, {"things": "deal"})
        Use(kind='list', entity='deal')
    """
    told = f"{call['method']} {call['path']}?{call.get('query') or ''}"
    for rule in known:
        found = rule.pattern.match(told)
        if found:
            named = found.groupdict().get("object") or str(call.get("object") or "")
            return Use(rule.kind, next((entities[each] for each in named.split(",") if each in entities), ""))
    return Use("other", "")
