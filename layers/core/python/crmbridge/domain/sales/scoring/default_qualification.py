"""The founding thresholds of qualification; criteria and advice are ours to start from."""

from __future__ import annotations

from functools import cache
from typing import Any

from crmbridge.domain.sales.scoring.qualification import QualificationRules, qualification_from


def _advice(action: str, text: str, *conditions: tuple[str, str, str | int | None]) -> dict[str, Any]:
    when = [
        {"field": field, "operator": operator} | ({} if value is None else {"value": value})
        for field, operator, value in conditions
    ]
    return {"action": action, "text": text, "when": when}


DATA: dict[str, Any] = {
    "qualified_from": 70,
    "nurturing_from": 40,
    "criteria": [
        {"name": "reachable", "when": [{"field": "phone", "operator": "is_known"}]},
        {"name": "budget", "when": [{"field": "budget", "operator": "greater_than", "value": 0}]},
        {
            "name": "timeline",
            "when": [{"field": "timeline", "operator": "one_of", "value": ["imediato", "30_dias", "90_dias"]}],
        },
        {
            "name": "decision_maker",
            "when": [{"field": "decision_maker_role", "operator": "equals", "value": "decision_maker"}],
        },
    ],
    "recommendations": [
        _advice("assign_rep", "Hand the lead to a representative", ("status", "equals", "qualified")),
        _advice("schedule_meeting", "Propose a meeting within a day", ("status", "equals", "qualified")),
        _advice("call_now", "Call within the hour", ("score", "at_least", 70), ("timeline", "equals", "imediato")),
        _advice("nurture", "Follow up in a day", ("status", "equals", "nurturing")),
        _advice("keep_in_touch", "Follow up in a week", ("status", "equals", "unqualified")),
        _advice("ask_timeline", "Ask when they want to decide", ("timeline", "is_unknown", None)),
        _advice("ask_decision_maker", "Ask who decides", ("decision_maker_role", "is_unknown", None)),
        _advice("answer_competitor", "Compare with the competitor they named", ("competitor", "is_known", None)),
    ],
}


@cache
def default_qualification() -> QualificationRules:
    """Return the default rules."""
    return qualification_from(DATA)
