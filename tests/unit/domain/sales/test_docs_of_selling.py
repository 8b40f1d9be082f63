"""What the pages on selling show is read by the code that they speak of, and their tables say what it does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from crmbridge.domain.sales.assignment.team import FACTORS, team_from
from crmbridge.domain.sales.assignment.team import rules_from as assignment_rules_from
from crmbridge.domain.sales.automation.actions import ACTIONS
from crmbridge.domain.sales.automation.pipelines import default_pipeline, pipeline_from
from crmbridge.domain.sales.automation.rules import TRIGGERS, known, rules_from
from crmbridge.domain.sales.conditions import OPERATORS
from crmbridge.domain.sales.follow_ups.quiet_hours import quiet_hours_from
from crmbridge.domain.sales.follow_ups.sequences import default_sequences, sequences_from
from crmbridge.domain.sales.follow_ups.templates import templates_from
from crmbridge.domain.sales.meetings.slots import slots_from
from crmbridge.domain.sales.scoring.cards import card_from
from crmbridge.domain.sales.scoring.default_qualification import DATA as QUALIFICATION
from crmbridge.domain.sales.scoring.grades import KINDS
from crmbridge.domain.sales.scoring.hub_card import hub_card
from crmbridge.domain.sales.scoring.owners import owners_from
from crmbridge.domain.sales.scoring.qualification import qualification_from
from crmbridge.domain.sales.scoring.tags import default_tags, tags_from

PAGES = Path(__file__).resolve().parents[4] / "docs/sales"
EXAMPLE = re.compile(r"<!-- read by ([\w ]+) -->\n```json\n(.*?)```", re.DOTALL)
READERS = {
    "card_from": card_from,
    "owners_from": owners_from,
    "pipeline_from": pipeline_from,
    "qualification_from": qualification_from,
    "quiet_hours_from": quiet_hours_from,
    "rules_from of assignment": assignment_rules_from,
    "rules_from of automation": lambda data: rules_from(data, known(default_pipeline(), default_sequences())),
    "sequences_from": sequences_from,
    "slots_from": slots_from,
    "tags_from": tags_from,
    "team_from": team_from,
    "templates_from": templates_from,
}


def _page(name):
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


EXAMPLES = [found for page in sorted(PAGES.glob("*.md")) for found in EXAMPLE.findall(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("reader", "text"), EXAMPLES, ids=[reader for reader, _ in EXAMPLES])
def test_an_example_is_read_as_it_stands(reader, text):
    assert READERS[reader](json.loads(text))


def test_every_kind_of_rules_has_its_example():
    assert sorted(reader for reader, _ in EXAMPLES) == sorted(READERS)


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("README", OPERATORS),
        ("score-cards", KINDS),
        ("rules", [*TRIGGERS, *ACTIONS]),
        ("follow-ups", default_sequences()),
        ("pipelines", [stage.key for stage in default_pipeline().stages]),
    ],
)
def test_a_page_names_everything_that_may_be_written(page, names):
    assert [name for name in names if f"`{name}`" not in _page(page)] == []


def test_the_tables_show_the_defaults():
    cards, assignment, pipelines = _page("score-cards"), _page("assignment"), _page("pipelines")
    for factor in hub_card().factors:
        assert f"| {factor.name.replace('_', ' ').replace('email', 'e-mail')} | {factor.weight} % |" in cards
    for factor, weight in FACTORS.items():
        assert f"| {factor} | {weight} % |" in assignment
    for stage in default_pipeline().stages:
        days = f" {stage.max_days} |" if stage.max_days else " |"
        assert f"| `{stage.key}` | {stage.name} | {stage.colour} | {stage.probability} |{days}" in pipelines
    assert f"from {QUALIFICATION['qualified_from']}, and" in _page("qualification")
    assert [rule.tag for rule in default_tags() if rule.tag not in _page("whatsapp-leads")] == []


def test_every_page_is_in_the_index_and_says_that_it_is_not_wired():
    for page in PAGES.glob("*.md"):
        if page.stem != "README":
            assert f"({page.name})" in _page("README")
            assert "not wired to the platform" in re.sub(r"\s+", " ", page.read_text(encoding="utf-8"))
