"""Who used which route on what is written down once for each request, refused ones too, and nothing they sent."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from crmbridge.runtime.telemetry import logger
from tests.functional.logins import ALL, made
from tests.functional.rehearsal import Rehearsal

ADMIN = {"workspace": "acme", "role": "admin", "sub": "person-1"}
VIEWER = {"workspace": "acme", "role": "viewer", "sub": "person-2"}


@pytest.fixture
def lines(monkeypatch):
    log = io.StringIO()
    monkeypatch.setattr(logger().registered_handler, "stream", log)

    def read() -> list[dict[str, Any]]:
        found = [json.loads(each) for each in log.getvalue().splitlines()]
        kept = ("route", "workspace_id", "caller", "role", "status", "on")
        return [{name: each[name] for name in kept} for each in found if each["message"] == "accessed"]

    return read


def test_a_request_is_written_down_with_who_where_and_on_what(rehearsal: Rehearsal, lines):
    integration_id = made(rehearsal, "hubspot", claims=ADMIN)
    rehearsal.call("GET", f"{ALL}/{integration_id}", claims=VIEWER)
    who = {"workspace_id": "acme", "caller": "person-1", "role": "admin"}
    assert lines() == [
        {"route": f"POST {ALL}", **who, "status": 201, "on": {}},
        {
            "route": f"GET {ALL}/{{integration_id}}",
            "workspace_id": "acme",
            "caller": "person-2",
            "role": "viewer",
            "status": 200,
            "on": {"integration_id": integration_id},
        },
    ]


def test_a_refused_request_is_written_down_as_well(rehearsal: Rehearsal, lines):
    integration_id = made(rehearsal, "hubspot", claims=ADMIN)
    rehearsal.call("DELETE", f"{ALL}/{integration_id}", claims=VIEWER)
    rehearsal.call("GET", ALL, claims={"sub": "person-3"})
    rehearsal.call("POST", ALL, "{", claims=ADMIN)
    assert [(each["caller"], each["workspace_id"], each["status"]) for each in lines()[1:]] == [
        ("person-2", "acme", 403),
        ("", "", 403),
        ("person-1", "acme", 400),
    ]


@pytest.mark.parametrize("sent", ["ana.prado@example.com", "+4930901820045", "Ana", "con_' OR 1=1", "x" * 500])
def test_what_a_caller_sends_in_place_of_an_id_is_not_written_down(rehearsal: Rehearsal, lines, sent):
    rehearsal.call("GET", f"/api/crm/records/{sent}", claims=VIEWER)
    rehearsal.call("GET", f"{ALL}/{sent}/records/contact/{sent}", claims=VIEWER)
    (one, other) = lines()
    assert one["on"] == {}
    assert other["on"] == {"entity": "contact"}


def test_monitors_are_not_written_down(rehearsal: Rehearsal, lines):
    rehearsal.call("GET", "/health/crm")
    assert lines() == []


def test_every_line_that_speaks_of_a_workspaces_things_names_it(rehearsal: Rehearsal, monkeypatch):
    log = io.StringIO()
    monkeypatch.setattr(logger().registered_handler, "stream", log)
    integration_id = rehearsal.connect("hubspot")
    rehearsal.sync()
    rehearsal.plan()
    rehearsal.call("GET", f"{ALL}/int_nobodys", claims={"workspace": "rival", "role": "viewer"})
    found = [json.loads(each) for each in log.getvalue().splitlines()]
    assert {each["workspace_id"] for each in found if each.get("integration_id") == integration_id} == {"acme"}
    (refused,) = [each for each in found if each["message"] == "Not found"]
    assert refused["workspace_id"] == "rival"
    planned = [each for each in found if each["message"] == "planned"]
    assert "workspace_id" not in planned[-1], "the schedule is nobody's, and a batch before it leaves no name behind"
    assert {"read", "planned", "accessed"} <= {each["message"] for each in found}
