from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crmbridge.connectors.salesflare.mapping.answers import Pipeline
from crmbridge.connectors.salesflare.mapping.definition_answers import Definition
from crmbridge.connectors.salesflare.mapping.lexicon import Lexicon
from crmbridge.connectors.salesflare.mapping.stages import stage_map_of
from crmbridge.domain.custom_fields import CustomField

FIXTURES = Path(__file__).resolve().parents[3] / "contract/fixtures/salesflare"

PIPELINE = Pipeline.model_validate(
    {
        "id": 76841,
        "name": "Sales",
        "stages": [
            {"id": 1, "name": "Lead", "order": 0, "probability": 10},
            {"id": 2, "name": "Contacted", "order": 1, "probability": 25},
            {"id": 3, "name": "Proposal made", "order": 2, "probability": 75},
            {"id": 488714, "name": "Won", "order": 3, "probability": 100, "fixed_stage": 1},
            {"id": 4, "name": "Lost", "order": 4, "probability": 0, "fixed_stage": 2},
        ],
    }
)
SOLUTION = CustomField("contact", "x_solution", "Solution type", "choice", options=("Plant", "Partner"))
DEFINITION = Definition.model_validate(
    {
        "id": 88002,
        "name": "Solution type",
        "api_field": "solution_type",
        "type": {"id": 6, "name": "select", "type": "select", "displayName": "Dropdown"},
        "options": [
            {"id": 106530010, "name": "Plant"},
            {"id": 106530011, "name": "Partner"},
            {"id": 3, "name": "Old", "archived": True},
        ],
    }
)


def fixture_json(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def lexicon() -> Lexicon:
    return Lexicon(
        owner_emails={276600001: "mia@example.com", 276600003: "gone@example.com"},
        owner_ids={"mia@example.com": 276600001},
        stages=stage_map_of([PIPELINE]),
        tags={"vip": "VIP"},
        external_id="crmbridge_id",
        custom={"x_solution": (SOLUTION, DEFINITION)},
    )
