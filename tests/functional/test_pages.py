"""Lists: page by page, nothing twice and nothing left out, and filtered."""

from __future__ import annotations

import pytest

from tests.functional.watching import assert_problem, nothing_changes

ALL = "/api/crm/integrations"


def walked(rehearsal, path: str, limit: int) -> list[dict]:
    found, cursor = [], ""
    for _ in range(50):
        joint = "&" if "?" in path else "?"
        status, page = rehearsal.call("GET", f"{path}{joint}limit={limit}{cursor and '&cursor='}{cursor}")
        assert status == 200
        assert len(page["items"]) <= limit
        found += page["items"]
        if "nextCursor" not in page:
            return found
        cursor = page["nextCursor"]
    raise AssertionError("the pages have no end")


@pytest.fixture
def five(rehearsal):
    for place in range(5):
        crm = "salesforce" if place % 2 else "hubspot"
        rehearsal.call("POST", ALL, {"provider": crm, "name": f"No. {place}"})
    return rehearsal


@pytest.mark.parametrize("limit", [1, 2, 5, 200])
def test_pages_make_up_the_list(five, limit):
    whole = five.call("GET", ALL)[1]["items"]
    assert len(whole) == 5
    assert walked(five, ALL, limit) == whole


def test_what_is_added_or_removed_meanwhile_moves_nothing(five):
    whole = [each["id"] for each in five.call("GET", ALL)[1]["items"]]
    first = five.call("GET", f"{ALL}?limit=2")[1]
    five.call("DELETE", f"{ALL}/{whole[0]}")
    late = five.call("POST", ALL, {"provider": "hubspot", "name": "Late"})[1]["id"]
    rest = [each["id"] for each in five.call("GET", f"{ALL}?cursor={first['nextCursor']}")[1]["items"]]
    assert [each for each in rest if each != late] == whole[2:]


def test_integrations_are_filtered(five):
    assert len(walked(five, f"{ALL}?provider=salesforce", 1)) == 2
    assert len(walked(five, f"{ALL}?provider=salesforce&status=active", 1)) == 0
    assert len(walked(five, f"{ALL}?status=pending", 2)) == 5


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("limit=1e9", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("limit=-1", "limit"),
        ("limit=%C2%B2", "limit"),
        ("cursor=%%%", "cursor"),
        ("cursor=a", "cursor"),
        ("cursor=" + "A" * 2001, "cursor"),
        ("cursor=____", "cursor"),
        ("status=fine", "status"),
    ],
    ids=lambda value: value[:20],
)
def test_a_wrong_parameter_is_named(five, query, field):
    with nothing_changes(five):
        assert_problem(five.call("GET", f"{ALL}?{query}"), 400, field=field)


def test_runs_and_reports_come_newest_first_and_can_be_filtered(rehearsal):
    key = rehearsal.connect("hubspot")
    rehearsal.sync()
    for _ in range(3):
        rehearsal.call("POST", f"{ALL}/{key}/sync", {"mode": "compare", "budget": 0})
        rehearsal.settle()
        rehearsal.advance(1)
    runs = rehearsal.call("GET", f"{ALL}/{key}/runs")[1]["items"]
    assert [each["run_id"] for each in runs] == sorted((each["run_id"] for each in runs), reverse=True)
    assert walked(rehearsal, f"{ALL}/{key}/runs", 2) == runs
    compared = walked(rehearsal, f"{ALL}/{key}/runs?mode=comparison&status=done", 1)
    assert [each["mode"] for each in compared] == ["comparison"] * 3
    assert rehearsal.call("GET", f"{ALL}/{key}/runs/{runs[0]['run_id']}") == (200, runs[0])
    assert_problem(rehearsal.call("GET", f"{ALL}/{key}/runs/run_none"), 404, field="run_id")
    reports = walked(rehearsal, f"{ALL}/{key}/reports?entity=contact", 2)
    assert [each["entity"] for each in reports] == ["contact"] * 3
