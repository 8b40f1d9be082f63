from __future__ import annotations

import pytest

from tests.unit.sandbox_pipedrive.conftest import Desk

PERSONS = "/api/v2/persons"


def test_the_burst_counts_two_seconds_and_tells_what_is_left(desk: Desk):
    desk.control("/limits", {"api_token_burst": 3})
    desk.control("/clock", {"advance_s": 3})
    left = [desk.http.get(PERSONS).headers["x-ratelimit-remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    refused = desk.http.get(PERSONS)
    assert (refused.status_code, refused.json()["error"]) == (429, "Request over limit")
    assert refused.headers["x-ratelimit-reset"] == "2"
    assert "retry-after" not in refused.headers
    desk.control("/clock", {"advance_s": 2})
    assert desk.http.get(PERSONS).status_code == 200


def test_the_daily_tokens_are_spent_by_cost_and_come_back_at_midnight(desk: Desk):
    desk.control("/limits", {"daily_tokens": 16})
    assert desk.http.post(PERSONS, json={"name": "A"}).headers["x-daily-ratelimit-token-remaining"] == "11"
    assert desk.http.get(PERSONS).headers["x-daily-ratelimit-token-remaining"] == "1"
    refused = desk.http.get(PERSONS)
    assert (refused.status_code, refused.headers["x-daily-ratelimit-token-remaining"]) == (429, "0")
    assert desk.http.get(f"{PERSONS}/1").status_code == 200
    desk.control("/clock", {"advance_s": 12 * 3600})
    assert desk.http.get(PERSONS).status_code == 200


def test_searches_have_a_smaller_limit_of_their_own(desk: Desk):
    desk.control("/limits", {"search_burst": 2})
    search = f"{PERSONS}/search?term=ana"
    assert [desk.http.get(search).status_code for _ in range(3)] == [200, 200, 429]
    assert desk.http.get(PERSONS).status_code == 200


def test_who_goes_on_after_refusals_meets_a_page_that_is_no_json(desk: Desk):
    desk.control("/limits", {"api_token_burst": 1})
    desk.control("/clock", {"advance_s": 3})
    codes = [desk.http.get(PERSONS).status_code for _ in range(25)]
    assert codes == [200, *[429] * 20, *[403] * 4]
    blocked = desk.http.get(PERSONS)
    assert blocked.headers["content-type"].startswith("text/html")
    desk.control("/clock", {"advance_s": 61})
    assert desk.http.get(PERSONS).status_code == 200


@pytest.mark.parametrize("limit", ["501", "0", "many"])
def test_a_page_has_at_most_500_rows(desk: Desk, limit: str):
    assert desk.http.get(PERSONS, params={"limit": limit}).status_code == 400
    assert desk.http.get(PERSONS, params={"limit": "500"}).status_code == 200


@pytest.mark.parametrize("number", [99, 100, 101])
def test_a_list_by_ids_has_at_most_a_hundred(desk: Desk, number: int):
    ids = ",".join(map(str, range(1, number + 1)))
    assert desk.http.get(PERSONS, params={"ids": ids}).status_code == (200 if number <= 100 else 400)


@pytest.mark.parametrize("since", ["2026-11-21", "2026-11-21T12:00:00+00:00", "2026-11-21 12:00:00", "1795262400"])
def test_any_other_form_of_time_is_refused(desk: Desk, since: str):
    """T-23: one form only."""
    assert desk.http.get(PERSONS, params={"updated_since": since}).status_code == 400
    assert desk.http.get(PERSONS, params={"updated_since": "2026-11-21T12:00:00Z"}).status_code == 200
