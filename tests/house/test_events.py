"""Every kind of event is published as its schema says, documented, and told to people by a setting that exists."""

from __future__ import annotations

import json
import re

import pytest
from jsonschema import Draft4Validator

from crmbridge.domain.events.notices import WORDS, notice_of
from crmbridge.domain.events.of_states import RUN_ENDS
from crmbridge.domain.workspace_sections import NOTIFICATIONS
from crmbridge.runtime import event_schemas
from crmbridge.services._telling import QUIET_S
from tests.house.tree import LIBRARY, ROOT

KINDS = event_schemas.kinds()


def test_the_written_schemas_are_what_the_code_declares():
    written = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs/events").glob("*.json")}
    assert written == event_schemas.to_texts(), "docs/events is stale: run `make schemas`"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_schema_is_one_and_says_when_the_event_is_told(kind):
    schema = event_schemas.schemas()[kind]
    Draft4Validator.check_schema(schema)
    assert schema["description"].endswith(".")
    assert json.dumps(schema).count("$ref") == 0, "the registry takes no references to other files"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_of_event_is_on_the_page_of_events(kind):
    page = (ROOT / "docs/events.md").read_text(encoding="utf-8")
    entity, _, what = kind.partition("_")
    assert f"`{kind}`" in page or f"`…_{what}`" in page or f"`{entity}_…`" in page


def test_only_kinds_with_a_schema_are_made():
    made = set(RUN_ENDS.values()) | set(WORDS) | set(QUIET_S)
    for name in ("of_records", "of_states"):
        text = (LIBRARY / f"domain/events/{name}.py").read_text(encoding="utf-8")
        made |= {each for each in re.findall(r'"([a-z]+(?:_[a-z]+)+)"', text) if each not in NO_KINDS}
    assert made - KINDS.keys() == set()


NO_KINDS = {"reauth_required"}


@pytest.mark.parametrize("kind", sorted(WORDS))
def test_people_are_told_in_words_that_hold_what_they_need(kind):
    about = {"crm": "HubSpot", "provider": "hubspot", "entity": "contact", "number": 3, "what": "reading", "partly": ""}
    notice = notice_of(kind, "acme", integration_id="int_1", **about)
    assert len(notice.subject) <= 100
    assert re.fullmatch(r"[ -~]+", notice.subject), "SNS takes printable ASCII on one line"
    assert "{" not in notice.subject + notice.text
    assert "acme" in notice.text
    assert notice.kind in NOTIFICATIONS.defaults
    assert f"`{notice.kind}`" in (ROOT / "docs/notifications.md").read_text(encoding="utf-8")


def test_every_setting_switches_something():
    assert {each.kind for each in WORDS.values()} == set(NOTIFICATIONS.defaults)


def test_a_subject_in_another_script_is_still_one():
    assert notice_of("circuit_opened", "müller", crm="HubSpot").subject.startswith("CRM Bridge (m?ller): HubSpot")
