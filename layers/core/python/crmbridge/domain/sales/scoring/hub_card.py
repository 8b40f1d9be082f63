"""The hub's lead score: the founding weights; the tables behind each factor are ours to start from."""

from __future__ import annotations

from functools import cache
from typing import Any

from crmbridge.domain.sales.scoring.cards import Card, card_from
from crmbridge.domain.sales.scoring.kommo_card import rows

BEHAVIOUR_HALF_LIFE_DAYS = 30
INTEREST_HALF_LIFE_DAYS = 60


def _factor(name: str, weight: int, grade: dict[str, Any], *, fact: str = "", fades_in: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "weight": weight, "grade": grade, "fact": fact}
    return {**found, "half_life_days": fades_in, "seen_fact": f"last_{name}_at"} if fades_in else found


def _counts(*pairs: tuple[str, int]) -> dict[str, Any]:
    return {"kind": "counts", "rows": rows(*pairs)}


TITLES = (
    *((word, 100) for word in ("ceo", "owner", "founder", "president", "dono", "dona", "proprietario", "proprietaria")),
    *((word, 100) for word in ("socio", "socia", "presidente", "fundador", "fundadora")),
    *((word, 85) for word in ("director", "vp", "vice president", "cfo", "cto", "coo", "cmo", "diretor", "diretora")),
    *((word, 70) for word in ("head", "manager", "gerente", "partner")),
    *((word, 50) for word in ("lead", "supervisor", "coordinator", "coordenador", "coordenadora", "buyer")),
    *((word, 10) for word in ("intern", "student", "estagiario", "estagiaria", "estudante")),
)

DATA: dict[str, Any] = {
    "name": "hub",
    "style": "weighted",
    "factors": [
        _factor("job_title", 10, {"kind": "contains", "rows": rows(*TITLES), "other": 30}, fact="job_title"),
        _factor(
            "company_size",
            8,
            {"kind": "at_least", "rows": rows((1000, 100), (250, 85), (50, 65), (10, 45), (1, 20))},
            fact="company_size",
        ),
        _factor(
            "industry",
            7,
            {"kind": "one_of", "rows": rows(("energy", 100), ("energia", 100)), "other": 50},
            fact="industry",
        ),
        _factor(
            "email_engagement",
            15,
            _counts(("emails_opened", 5), ("emails_clicked", 15), ("emails_answered", 30)),
            fades_in=BEHAVIOUR_HALF_LIFE_DAYS,
        ),
        _factor(
            "website_activity",
            10,
            _counts(("website_visits", 5), ("pricing_visits", 25)),
            fades_in=BEHAVIOUR_HALF_LIFE_DAYS,
        ),
        _factor(
            "content_consumption",
            8,
            _counts(("links_clicked", 5), ("downloads", 20), ("webinars", 35)),
            fades_in=BEHAVIOUR_HALF_LIFE_DAYS,
        ),
        _factor(
            "social_engagement",
            7,
            _counts(("social_likes", 3), ("social_comments", 10), ("social_shares", 15), ("social_messages", 30)),
            fades_in=BEHAVIOUR_HALF_LIFE_DAYS,
        ),
        _factor(
            "product_interest",
            15,
            _counts(("forms_submitted", 35), ("demos_requested", 70), ("product_questions", 20)),
            fades_in=INTEREST_HALF_LIFE_DAYS,
        ),
        _factor(
            "purchase_timeline",
            10,
            {"kind": "one_of", "rows": rows(("imediato", 100), ("30_dias", 75), ("90_dias", 50), ("futuro", 25))},
            fact="timeline",
        ),
        _factor(
            "budget",
            5,
            {"kind": "at_least", "rows": rows((50000, 100), (20000, 80), (10000, 60), (5000, 40), (1, 20))},
            fact="budget",
        ),
        _factor(
            "decision_maker",
            5,
            {"kind": "one_of", "rows": rows(("decision_maker", 100), ("influencer", 60), ("user", 30)), "other": 20},
            fact="decision_maker_role",
        ),
    ],
}


@cache
def hub_card() -> Card:
    """Return the default card."""
    return card_from(DATA)
