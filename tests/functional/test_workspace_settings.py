"""What a workspace settles for itself: shown whole, changed by the name, refused with the name."""

from __future__ import annotations

import pytest

from crmbridge.domain.workspace_sections import Section
from crmbridge.errors import RequestRejectedError
from crmbridge.runtime._shapes import check
from crmbridge.runtime.routes import settings as routes
from crmbridge.services import workspace_settings
from tests.functional.watching import assert_problem, nothing_changes

PATH = "/api/crm/settings"
VIEWER = {"workspace": "acme", "role": "viewer"}
RIVAL = {"workspace": "rival", "role": "admin"}


def test_nothing_has_to_be_settled_for_everything_to_hold(rehearsal):
    status, shown = rehearsal.call("GET", PATH, claims=VIEWER)
    assert status == 200
    assert shown == {name: section.defaults for name, section in workspace_settings.SECTIONS.items()}
    assert shown["events"] == {"enabled": True, "payload": "ids"}


def test_what_is_changed_holds_and_everything_else_stays(rehearsal):
    before = rehearsal.call("GET", PATH)[1]
    body = {"events": {"payload": "full"}, "notifications": {"conflicts": False}}
    status, shown = rehearsal.call("PATCH", PATH, body)
    assert status == 200
    assert shown == {
        **before,
        "events": {**before["events"], "payload": "full"},
        "notifications": {**before["notifications"], "conflicts": False},
    }
    assert rehearsal.call("GET", PATH)[1] == shown


def test_null_gives_back_the_default_of_a_setting_and_of_a_section(rehearsal):
    defaults = rehearsal.call("GET", PATH)[1]
    rehearsal.call("PATCH", PATH, {"notifications": {"conflicts": False, "errors": False}})
    shown = rehearsal.call("PATCH", PATH, {"notifications": {"conflicts": None}})[1]
    assert shown["notifications"] == {**defaults["notifications"], "errors": False}
    assert rehearsal.call("PATCH", PATH, {"notifications": None})[1] == defaults


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"event": {"payload": "full"}}, "event"),
        ({"events": {"payloads": "full"}}, "events.payloads"),
        ({"events": {"payload": "everything"}}, "events.payload"),
        ({"notifications": {"conflicts": "no"}}, "notifications.conflicts"),
        ({"notifications": {"conflicts": False}, "events": {"enabled": 1}}, "events.enabled"),
        ({"notifications": []}, "notifications"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_changed(rehearsal, body, field):
    with nothing_changes(rehearsal):
        assert_problem(rehearsal.call("PATCH", PATH, body), 400, field=field)


def test_only_an_admin_may_change_them(rehearsal):
    with nothing_changes(rehearsal):
        answer = rehearsal.call("PATCH", PATH, {"events": {"enabled": False}}, claims={**VIEWER, "role": "operator"})
        assert_problem(answer, 403, field=None)


def test_another_workspace_has_its_own(rehearsal):
    rehearsal.call("PATCH", PATH, {"events": {"enabled": False}})
    assert rehearsal.call("GET", PATH, claims=RIVAL)[1]["events"]["enabled"] is True


def test_a_section_may_refuse_what_its_shape_allows(rehearsal, monkeypatch):
    def never_both(section):
        if section["enabled"] and section["payload"] == "full":
            raise RequestRejectedError("not both", field="events", next_step="choose")

    strict = Section(name="events", defaults={"enabled": True, "payload": "ids"}, accept=never_both)
    monkeypatch.setattr(workspace_settings, "SECTIONS", {**workspace_settings.SECTIONS, "events": strict})
    with nothing_changes(rehearsal):
        body = {"notifications": {"errors": False}, "events": {"payload": "full"}}
        assert_problem(rehearsal.call("PATCH", PATH, body), 400, field="events")
    assert rehearsal.call("PATCH", PATH, {"events": {"payload": "full", "enabled": False}})[0] == 200


def test_every_section_has_a_shape_that_its_defaults_fit():
    assert set(routes.SECTIONS) == set(workspace_settings.SECTIONS)
    for name, section in workspace_settings.SECTIONS.items():
        assert set(routes.SECTIONS[name]) == set(section.defaults), name
        for key, default in section.defaults.items():
            check(routes.SECTIONS[name][key], default, at=f"{name}.{key}")
