"""Every flag of a declaration is true and shown by the contract suite, or false and explained on the docs page."""

from __future__ import annotations

import ast
from dataclasses import fields
from pathlib import Path

import pytest

from crmbridge import connectors
from crmbridge.domain.declaration import Supports
from crmbridge.domain.records import ACTIVITY_KINDS, ENTITIES
from tests.house.capabilities import BEGIN, END, FLAGS, page_of, with_section
from tests.house.tree import ROOT, crms

SUITE = [*sorted((ROOT / "tests/contract").glob("test_connectors_*.py")), ROOT / "tests/contract/_world.py"]
JUDGES = sorted((ROOT / "tests/contract").glob("*_judges_the_sandbox.py"))

each_crm = pytest.mark.parametrize(
    "crm", [each for each in crms() if "everything" not in connectors.declaration(each).supports.not_built]
)


def asked(name: str) -> list[str]:
    """Return the functions of the contract suite that look at a part of ``supports``."""
    found: list[str] = []
    for path in SUITE:
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and any(_reads(node, name) for node in ast.walk(function)):
                found.append(f"{path.stem}.{function.name}")
    return found


def _reads(node: ast.AST, name: str) -> bool:
    """Tell whether a node is ``….supports.<name>``, or that of a local called ``supports``."""
    if not isinstance(node, ast.Attribute) or node.attr != name:
        return False
    return getattr(node.value, "attr", getattr(node.value, "id", "")) == "supports"


def test_every_flag_of_a_declaration_is_known_here():
    flags = {each.name for each in fields(Supports) if each.type in ("bool", bool)}
    assert flags == set(FLAGS), "tests/house/capabilities.py says what each flag means"


@pytest.mark.parametrize("flag", FLAGS)
def test_the_contract_suite_shows_every_flag_wherever_it_is_true(flag: str):
    assert asked(flag), f"no test of the contract suite depends on supports.{flag}"


@pytest.mark.parametrize("name", ["entities", "fields", "auth", "activity_places"])
def test_the_contract_suite_goes_through_whatever_is_declared(name: str):
    assert asked(name), f"no test of the contract suite goes through supports.{name}"


@each_crm
def test_every_false_flag_and_everything_not_built_is_explained_on_the_docs_page(crm: str):
    declared = connectors.declaration(crm)
    text = page_of(declared).read_text(encoding="utf-8")
    told = text.partition(BEGIN)[2].partition(END)[0]
    for flag in FLAGS:
        why = declared.supports.reasons.get(flag, "")
        assert getattr(declared.supports, flag) or (len(why) > 15 and f"| no: {why} |" in told), f"explain {flag}"
    for name, why in declared.supports.not_built.items():
        assert f"`{name}`" in told, f"{name} is not built, and docs/crms/{crm}.md does not say so"
        assert len(why) > 10, f"say why {name} is not built"
        assert why in told, f"docs/crms/{crm}.md gives no reason for {name}"
    for entity, edition in declared.supports.editions.items():
        assert entity in declared.supports.entities
        assert f"* **{entity}**: {edition}" in told


@each_crm
def test_the_docs_page_ends_as_the_declaration_says(crm: str):
    declared = connectors.declaration(crm)
    text = page_of(declared).read_text(encoding="utf-8")
    assert text == with_section(text, declared), f"docs/crms/{crm}.md is out of date: make mapping"


@each_crm
def test_every_entity_and_kind_that_is_left_out_has_its_reason(crm: str):
    supports = connectors.declaration(crm).supports
    plural = {"activity": "activities", "company": "companies"}
    for entity in ENTITIES:
        named = {entity, plural.get(entity, f"{entity}s")}
        assert entity in supports.entities or named & supports.not_built.keys(), f"say why {crm} has no {entity}"
    for kind in ACTIVITY_KINDS:
        held = kind in supports.activity_places or "activity" not in supports.entities
        assert held or f"activity.{kind}" in supports.not_built, f"say why {crm} keeps no {kind}"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests/contract").glob("*_judges_the_sandbox.py")), ids=lambda path: path.stem
)
def test_every_judge_speaks_to_a_process_of_its_own(path: Path):
    assert "with spawned(" in path.read_text(encoding="utf-8"), "start the CRM with tests/contract/_process.py"


@each_crm
def test_every_crm_has_a_judge_or_its_page_says_why_none(crm: str):
    judges = [path.read_text(encoding="utf-8") for path in JUDGES]
    page = page_of(connectors.declaration(crm)).read_text(encoding="utf-8")
    judged = any(f'spawned("{crm}"' in text for text in judges)
    assert judged or f"No client library judges the simulated {connectors.declaration(crm).label}" in page
