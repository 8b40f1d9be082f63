"""``mappings`` and ``dry-run`` against the real handlers."""

from __future__ import annotations

import json

import pytest

from tests.functional.people import HubSpotPerson, SalesforcePerson
from tests.functional.rehearsing import pushes_held
from tests.functional.test_command_line import ANA, Terminal, terminal

__all__ = ["terminal"]

LOUD = {"entity": "contact", "field": "job_title", "transform": {"op": "upper"}}


@pytest.fixture
def linked(terminal: Terminal) -> tuple[Terminal, str]:
    SalesforcePerson(terminal.rehearsal).fill(Contact=[{"LastName": "Prado", "Email": ANA, "Title": "Cto"}])
    key = terminal.rehearsal.connect("hubspot")
    terminal.rehearsal.connect("salesforce")
    terminal.rehearsal.sync()
    return terminal, key


@pytest.fixture
def loud(tmp_path) -> str:
    path = tmp_path / "loud.json"
    path.write_text(json.dumps([LOUD]), encoding="utf-8")
    return str(path)


def test_overrides_are_checked_rehearsed_set_and_shown(linked, loud):
    terminal, key = linked
    assert "what is wrong" in terminal.run("mappings", key, "--check", loud)
    assert "contact.job_title: upper loses which letters were small" in terminal.said
    told = terminal.run("dry-run", key, "--mappings", loud)
    assert "Cto → CTO" in told
    assert "1 rows in 1 writes; nothing was written" in terminal.said
    terminal.run("mappings", key, "--set", loud, code=1)
    assert "accepts" in terminal.said
    terminal.run("mappings", key, "--set", loud, "--accept", "contact.job_title")
    assert "version 1, changing" in terminal.said
    terminal.rehearsal.settle()
    shown = terminal.run("mappings", key)
    assert "upper" in shown
    assert "version 1, in force" in terminal.said
    assert HubSpotPerson(terminal.rehearsal).contact(ANA)["jobtitle"] == "CTO"
    assert "person-1" in terminal.run("mappings", key, "--versions")


def test_what_mappings_prints_as_json_can_be_set_again(linked, loud, tmp_path):
    terminal, key = linked
    terminal.run("mappings", key, "--set", loud, "--accept", "contact.job_title")
    terminal.rehearsal.settle()
    again = tmp_path / "again.json"
    again.write_text(terminal.run("--json", "mappings", key), encoding="utf-8")
    (shown,) = terminal.json("mappings", key, "--set", str(again), "--accept", "contact.job_title")
    assert shown["version"] == 1


def test_a_check_that_fails_ends_with_4_and_says_what_to_do(linked, tmp_path):
    terminal, key = linked
    wrong = tmp_path / "wrong.json"
    wrong.write_text(
        json.dumps({"fields": [{"entity": "contact", "field": "email", "heldIn": "city"}]}), encoding="utf-8"
    )
    said = terminal.run("mappings", key, "--check", str(wrong), code=4)
    assert "email keeps its place and its words" in said
    (found,) = [
        json.loads(line) for line in terminal.run("--json", "mappings", key, "--check", str(wrong), code=4).splitlines()
    ]
    assert not found["ok"]


@pytest.mark.parametrize("content", ["{}", "[", '"text"'])
def test_a_file_without_overrides_ends_with_2(linked, tmp_path, content):
    terminal, key = linked
    path = tmp_path / "wrong.json"
    path.write_text(content, encoding="utf-8")
    terminal.run("mappings", key, "--set", str(path), code=2)
    terminal.run("dry-run", key, "--mappings", str(path), code=2)
    assert str(path) in terminal.said


def test_a_dry_run_prints_every_row_with_its_payload_as_json(linked):
    terminal, key = linked
    with pushes_held(terminal.rehearsal):
        person = SalesforcePerson(terminal.rehearsal)
        person.act("update", person.contact(ANA)["Id"], fields={"Title": "CFO"})
        person.fill(Contact=[{"LastName": "Lima", "Email": "bia@example.com"}])
        terminal.rehearsal.sync()
        rows = terminal.json("dry-run", key, "--entity", "contact", "--direction", "bidirectional")
    assert sorted(row["kind"] for row in rows) == ["create", "update"]
    assert {row["payload"]["fields"].get("job_title") for row in rows} == {"CFO", None}
