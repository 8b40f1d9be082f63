"""What the pages say is there is there."""

from __future__ import annotations

import re
from functools import cache

import pytest

from crmbridge.connectors import declaration
from tests.house.tree import ROOT, crms, files, relative

VERBS = ("setup", "demo", "up", "test", "check", "build", "simulate", "bench", "new-crm")
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?P<target>[^)\s]+)\)")
USED_VERB = re.compile(r"`make (?P<verb>[a-z-]+)[^`]*`|^(?:\$ )?make (?P<line>[a-z-]+)", re.MULTILINE)


def _pages():
    return [pytest.param(page, id=relative(page)) for page in files(".md")]


@cache
def _targets() -> dict[str, str]:
    """Return the Makefile's verbs with their explanations."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z-]+):.*?## (.+)$", text, re.MULTILINE))


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("page", _pages())
def test_links_between_pages_resolve(page):
    broken: list[str] = []
    for match in LINK.finditer(page.read_text(encoding="utf-8")):
        target, _, anchor = match["target"].partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        aim = (page.parent / target).resolve() if target else page
        if not aim.exists() or (
            anchor and aim.suffix == ".md" and anchor not in _anchors(aim.read_text(encoding="utf-8"))
        ):
            broken.append(match["target"])
    assert not broken, f"{relative(page)} points nowhere: {broken}"


@pytest.mark.parametrize("page", _pages())
def test_pages_name_only_verbs_that_exist(page):
    text = page.read_text(encoding="utf-8")
    named = {match["verb"] or match["line"] for match in USED_VERB.finditer(text)}
    assert named <= set(_targets()), f"{relative(page)} names {sorted(named - set(_targets()))}"


AUTH: dict[tuple[str, ...], str] = {
    ("oauth",): "OAuth",
    ("token",): "API key",
    ("oauth", "token"): "OAuth or token",
    ("oauth", "jwt_bearer"): "OAuth or JWT bearer",
}
ENTITIES = {"company": "companies", "contact": "contacts", "lead": "leads", "deal": "deals", "activity": "activities"}


def test_the_readme_lists_every_crm_as_its_connector_declares_it():
    rows = re.findall(r"^\| (\[.+?\]\(docs/crms/.+?\)) \| (.+?) \| (.+?) \| (.+?) \|$", _readme(), re.MULTILINE)
    told: dict[str, tuple[str, str, bool, bool]] = {}
    for name, auth, held, changes in rows:
        told[name] = (auth, held, changes != "polling", "that we set up" in changes)
    declared: dict[str, tuple[str, str, bool, bool]] = {}
    for crm in crms():
        connector = declaration(crm)
        supports = connector.supports
        held = ", ".join(word for entity, word in ENTITIES.items() if entity in supports.entities)
        key = f"[{connector.label}](docs/crms/{crm}.md)"
        declared[key] = (AUTH[supports.auth], held, supports.webhooks, supports.subscribes)
    assert told == declared


def _readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_makefile_has_the_verbs_and_explains_each():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = " ".join(re.findall(r"^\.PHONY: ((?:.*\\\n)*.*)$", text, re.MULTILINE)).replace("\\\n", " ").split()
    assert set(VERBS) <= set(_targets())
    assert set(phony) == set(_targets()), "each verb needs `## what it does`, and .PHONY names each"


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_in_the_readme(verb):
    assert f"make {verb}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_other_verbs_are_in_the_contributors_guide():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [verb for verb in sorted(set(_targets()) - set(VERBS)) if f"make {verb}" not in text] == []


def test_ci_calls_the_readmes_test_command():
    assert "make test" in (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_changelog_is_one_that_tools_can_read():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.startswith("# Changelog\n")
    sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert sections[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", each) for each in sections[1:])
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= KINDS
    for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        assert re.search(r"^- \S", part, re.MULTILINE), f"nothing under {part.splitlines()[0]}"


def test_decisions_are_numbered_dated_indexed_and_short():
    folder = ROOT / "docs/adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    decisions = sorted(folder.glob("[0-9]*.md"))
    assert decisions
    numbers = [each.name[:4] for each in decisions]
    assert len(numbers) == len(set(numbers)), "two decisions share a number"
    for each in decisions:
        text = each.read_text(encoding="utf-8")
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", each.name)
        assert each.name in index, f"docs/adr/README.md does not list {each.name}"
        assert re.search(r"^Date: \d{4}-\d{2}-\d{2}$", text, re.MULTILINE), f"{each.name} has no `Date: …` line"
        for heading in ("Context", "Options", "Choice", "Consequences"):
            assert f"\n## {heading}\n" in text, f"{each.name} has no `## {heading}`"
        assert len(text.splitlines()) <= 70, f"{each.name} is longer than a page"
