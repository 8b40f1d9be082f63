"""Lists are bare, short by default, filtered by known keys only, and late where an index answers."""

from __future__ import annotations

import json

import pytest

from tests.unit.sandbox_salesflare.conftest import Team


def make(team: Team, number: int) -> list[int]:
    rows = [{"email": f"n{n}@example.com", "lastname": f"N{n}"} for n in range(1, number + 1)]
    told = team.ok("POST", "/contacts", rows)
    return [each["id"] for each in (told if number > 1 else [told])]


def query(**rule: object) -> str:
    return json.dumps({"condition": "AND", "rules": [{"raw_value": [], **rule}]})


def test_lists_are_bare_and_the_newest_come_first(team: Team):
    made = make(team, 25)
    assert [each["id"] for each in team.ok("GET", "/contacts")] == made[:4:-1]
    assert [each["id"] for each in team.ok("GET", "/contacts", limit=3, offset=2, order_by="id")] == made[2:5]
    assert [each["id"] for each in team.ok("GET", "/contacts", limit=1, order_by="id desc")] == made[-1:]
    assert team.ok("GET", "/contacts", offset=25) == []


def test_an_account_list_is_ten_rows_and_no_page_is_longer_than_a_hundred(team: Team):
    for n in range(12):
        team.ok("POST", "/accounts", {"name": f"A{n}"})
    assert len(team.ok("GET", "/accounts")) == 10
    make(team, 120)
    assert len(team.ok("GET", "/contacts", limit=1000)) == 100
    team.switch(longest_page=0)
    assert len(team.ok("GET", "/contacts", limit=1000)) == 120


@pytest.mark.parametrize(
    ("path", "given", "words"),
    [
        ("/contacts", {"nickname": "x"}, '"nickname" is not allowed'),
        ("/accounts", {"modification_after": "2026-01-01"}, '"modification_after" is not allowed'),
        ("/contacts", {"limit": "0"}, "larger than or equal to 1"),
        ("/contacts", {"offset": "x"}, '"offset" must be a number'),
        ("/contacts", {"id": "x"}, '"id" must be a number'),
        ("/contacts", {"creation_after": "soon"}, "valid ISO 8601 date"),
        ("/contacts", {"order_by": "shoe size"}, "does not know"),
        ("/contacts", {"includeArchived": "1"}, "must be a boolean"),
        ("/contacts", {"q": "x"}, '"q" must be of type object'),
        ("/contacts", {"q": "{}"}, '"condition" must be one of'),
        ("/contacts", {"q": '{"condition":"OR","rules":[{"id":"person.name"}]}'}, '"operator" is required'),
        ("/contacts", {"q": query(id="person.shoe", operator="equal", value=["x"])}, "Invalid filter"),
        ("/contacts", {"q": query(id="person.name", operator="after", value=["x"])}, "Invalid filter"),
        ("/users", {"shoe": "x"}, '"shoe" is not allowed'),
    ],
)
def test_a_query_that_is_not_known_is_refused(team: Team, path, given, words):
    make(team, 2)
    team.wait(10)
    assert words in team.refused(400, "GET", path, **given)


def test_key_filters_see_a_write_only_after_a_while(team: Team):
    first, second = make(team, 2)
    assert team.ok("GET", "/contacts", email="n1@example.com") == []
    assert [each["id"] for each in team.ok("GET", "/contacts", id=[first, 5])] == [first]
    assert len(team.ok("GET", "/contacts", creation_after="2026-11-21T11:59:59Z")) == 2
    team.wait(5)
    assert [each["id"] for each in team.ok("GET", "/contacts", email="N1@example.com")] == [first]
    asked = query(id="person.email", operator="in", value=["n2@example.com"])
    assert [each["id"] for each in team.ok("GET", "/contacts", q=asked)] == [second]
    assert team.ok("GET", "/contacts", search="n2", account="5") == []


def test_moments_are_exclusive(team: Team):
    make(team, 1)
    assert team.ok("GET", "/contacts", modification_after="2026-11-21T12:00:00.000Z") == []
    assert team.ok("GET", "/contacts", creation_before="2026-11-21T12:00:00.000Z") == []
    assert len(team.ok("GET", "/contacts", modification_after="2026-11-21T11:59:59.999Z")) == 1


def test_deleting_moves_the_rows_behind(team: Team):
    made = make(team, 5)
    team.ok("DELETE", f"/contacts/{made[0]}")
    assert [each["id"] for each in team.ok("GET", "/contacts", order_by="id", offset=2, limit=2)] == made[3:]


def test_filter_fields_are_told_by_entity(team: Team):
    names = {each["name"] for each in team.ok("GET", "/filterfields/account")}
    assert names == {"name", "creation_date", "modification_date"}
    team.switch(modification_filter=False)
    assert "modification_date" not in {each["name"] for each in team.ok("GET", "/filterfields/opportunity")}
    assert team.refused(404, "GET", "/filterfields/contact") == "Not Found"


def test_people_are_told_disabled_ones_only_when_asked_for(team: Team):
    assert [each["disabled"] for each in team.ok("GET", "/users")] == [False, False]
    assert [each["disabled"] for each in team.ok("GET", "/users", onlyEnabled="false", order_by="id")] == [
        False,
        False,
        True,
    ]


def test_a_key_that_is_missing_wrong_or_deleted_is_refused(team: Team):
    assert team.get("/me", headers={"authorization": ""}).json()["message"] == "Missing authentication"
    assert team.get("/me", headers={"authorization": "Bearer x"}).status_code == 401
    assert team.control("POST", "/tokens", {"action": "expire"}) == {"expired": 0}
    assert team.ok("GET", "/me")["team"]["id"] == 40251
    team.control("POST", "/tokens", {"action": "revoke"})
    assert team.refused(401, "GET", "/me") == "Bad token"
    assert team.request("POST", "/_sandbox/tokens", json={"action": "sell"}).status_code == 400


def test_too_many_calls_are_refused_until_the_window_opens(team: Team):
    team.switch(per_minute=2, retry_after=True)
    assert [team.get("/me").status_code for _ in range(3)] == [200, 200, 429]
    assert team.get("/me").headers["retry-after"] == "60"
    team.wait(61)
    team.switch(retry_after=False)
    assert [team.get("/me").status_code for _ in range(3)] == [200, 200, 429]
    assert "retry-after" not in team.get("/me").headers


def test_paths_and_bodies_that_are_none_are_refused(team: Team):
    assert team.refused(404, "GET", "/leads") == "Not Found"
    assert team.refused(404, "GET", "/tasks/5") == "Not Found", "no task is read by id"
    assert team.refused(400, "GET", "/contacts/x") == '"id" must be a number'
    assert team.post("/contacts", content=b"{", headers={"content-type": "application/json"}).status_code == 400
    assert team.post("/contacts", content=b"x=1", headers={"content-type": "text/plain"}).status_code == 415
