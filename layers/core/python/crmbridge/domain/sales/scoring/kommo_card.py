"""The founding qualification score of leads that arrive by WhatsApp, as the data a workspace starts from."""

from __future__ import annotations

from functools import cache
from typing import Any

from crmbridge.domain.sales.scoring.cards import Card, card_from

BILL, SOLUTION, TIMELINE = "energy_bill_value", "solution_interest", "timeline"
MESSAGES, RESPONSE = "message_count", "avg_response_time_s"

UNKNOWN_SOLUTION = "desconto_baixo"
"""What a solution that nobody named is written as in the CRM; it earns no points."""

SOLUTION_LABELS = {
    "usina_propria": "Usina própria",
    "usina_parceira": "Usina parceira",
    "desconto_alto": "Desconto >R$4000",
    "desconto_baixo": "Desconto <R$4000",
    "investimento": "Investimento",
}
"""Options of the CRM's select field, by what the agent calls them."""


def rows(*pairs: tuple[str | int, int]) -> list[dict[str, Any]]:
    """Return the rows of a table as a workspace writes them."""
    return [{"is": limit, "points": points} for limit, points in pairs]


DATA: dict[str, Any] = {
    "name": "kommo",
    "style": "points",
    "factors": [
        {
            "name": "bill",
            "fact": BILL,
            "grade": {"kind": "at_least", "rows": rows((4000, 40), (2000, 30), (1000, 20), (500, 10))},
        },
        {
            "name": "solution",
            "fact": SOLUTION,
            "grade": {
                "kind": "one_of",
                "rows": rows(
                    ("usina_propria", 20),
                    ("usina_parceira", 20),
                    ("investimento", 15),
                    ("desconto_alto", 10),
                    ("desconto_baixo", 10),
                ),
            },
        },
        {
            "name": "timeline",
            "fact": TIMELINE,
            "grade": {
                "kind": "one_of",
                "rows": rows(("imediato", 20), ("30_dias", 15), ("90_dias", 10), ("futuro", 5)),
            },
        },
        {"name": "messages", "fact": MESSAGES, "grade": {"kind": "at_least", "rows": rows((10, 10), (5, 5))}},
        {"name": "response", "fact": RESPONSE, "grade": {"kind": "below", "rows": rows((60, 10), (300, 5))}},
    ],
}


@cache
def kommo_card() -> Card:
    """Return the default card."""
    return card_from(DATA)


def written_solution(solution: str | None) -> str:
    """Return the CRM's option for a solution; an unknown one is written as the small discount.

    Example:
        >>> written_solution("investimento"), written_solution("telhado")
        ('Investimento', 'Desconto <R$4000')
    """
    return SOLUTION_LABELS.get(solution or "", SOLUTION_LABELS[UNKNOWN_SOLUTION])
