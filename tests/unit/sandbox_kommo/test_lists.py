"""Lists of the simulated Kommo: pages counted from the front, filters as documented, a lagging search."""

from __future__ import annotations

import pytest

from tests.unit.sandbox_kommo.conftest import Desk


def _ids(desk: Desk, path: str, **params) -> list[int]:
    answer = desk.call("GET", path, **params)
    return [] if answer.status_code == 204 else [each["id"] for each in next(iter(answer.json()["_embedded"].values()))]


def test_pages_end_without_a_next_link_and_hold_no_more_than_250(desk: Desk):
    desk.seed(companies=[{"name": f"C{number}"} for number in range(501)])
    sizes = []
    for page in (1, 2, 3, 4):
        answer = desk.call("GET", "/companies", page=page, limit=1_000)
        body = {} if answer.status_code == 204 else answer.json()
        sizes.append((len(body.get("_embedded", {}).get("companies", [])), "next" in body.get("_links", {})))
    assert sizes == [(250, True), (250, True), (1, False), (0, False)]
    assert len(_ids(desk, "/companies")) == 50


def test_a_range_has_both_its_ends_and_a_bare_time_is_exactly_that_second(desk: Desk):
    rows = [{"name": f"C{at}", "updated_at": at} for at in (1_000, 1_001, 1_002)]
    first, second, third = desk.seed(companies=rows)["ids"]["companies"]
    assert _ids(desk, "/companies", **{"filter[updated_at][from]": 1_001}) == [second, third]
    assert _ids(desk, "/companies", **{"filter[updated_at][to]": 1_001}) == [first, second]
    assert _ids(desk, "/companies", **{"filter[updated_at]": 1_001}) == [second]
    assert desk.call("GET", "/companies", **{"filter[updated_at][from]": "yesterday"}).status_code == 400


def test_ids_are_filtered_in_each_way_of_writing_them(desk: Desk):
    first, second, third = desk.seed(companies=[{"name": "A"}, {"name": "B"}, {"name": "C"}])["ids"]["companies"]
    assert _ids(desk, "/companies", **{"filter[id]": first}) == [first]
    assert _ids(desk, "/companies", **{"filter[id][]": [first, third]}) == [first, third]
    assert _ids(desk, "/companies", **{"filter[id][0]": second}) == [second]


@pytest.mark.parametrize(("entity", "name"), [("companies", "created_at"), ("tasks", "updated_at")])
def test_an_order_that_is_not_documented_is_ignored(desk: Desk, entity, name):
    rows = [{"text": "x", "complete_till": 5}] * 3 if entity == "tasks" else [{"name": "x"}] * 3
    ids = desk.made(entity, *rows)
    assert _ids(desk, f"/{entity}", **{f"order[{name}]": "desc"}) == ids
    assert _ids(desk, f"/{entity}", **{"order[id]": "desc"}) == ids[::-1]


def test_a_status_is_filtered_with_its_pipeline_only(desk: Desk):
    pipeline = desk.call("GET", "/leads/pipelines").json()["_embedded"]["pipelines"][0]["id"]
    won, _ = desk.made("leads", {"status_id": 142}, {"name": "open"})
    both = {"filter[statuses][0][pipeline_id]": pipeline, "filter[statuses][0][status_id]": 142}
    assert _ids(desk, "/leads", **both) == [won]
    assert desk.call("GET", "/leads", **{"filter[statuses][0][status_id]": 142}).status_code == 400


def test_a_search_sees_what_was_written_a_while_ago(desk: Desk):
    values = [{"field_code": "EMAIL", "values": [{"value": "Ana.Prado@example.com"}]}]
    (person,) = desk.made("contacts", {"first_name": "Ana", "custom_fields_values": values})
    assert _ids(desk, "/contacts", query="prado@example") == []
    desk.control("/clock", {"advance_s": 5})
    assert _ids(desk, "/contacts", query="prado@example") == [person]


def test_history_is_newest_first_and_takes_ten_ids_of_one_entity(desk: Desk):
    people = desk.seed(contacts=[{"first_name": f"P{n}"} for n in range(11)])["ids"]["contacts"]
    desk.seed(operations=[{"op": "delete", "entity": "contacts", "id": people[0]}])
    events = desk.call("GET", "/events").json()["_embedded"]["events"]
    assert events[0]["type"] == "contact_deleted"
    assert isinstance(events[0]["id"], str)
    ten = {"filter[entity]": "contact", "filter[entity_id][]": people[:10]}
    assert len(desk.call("GET", "/events", **ten).json()["_embedded"]["events"]) == 11
    assert desk.call("GET", "/events", **{**ten, "filter[entity_id][]": people}).status_code == 400
    assert desk.call("GET", "/events", **{"filter[entity_id][]": people[:1]}).status_code == 400
    assert desk.call("GET", "/events", **{"filter[entity]": "contacts"}).status_code == 400


def test_seven_calls_a_second_and_a_block_for_those_who_go_on(desk: Desk):
    desk.control("/limits", {"per_second": 7, "blocked_after": 3})
    assert [desk.call("GET", "/account").status_code for _ in range(8)] == [200] * 7 + [429]
    assert desk.call("GET", "/account").json()["retry_after"] == 300
    desk.control("/clock", {"advance_s": 1.1})
    assert desk.call("GET", "/account").status_code == 200
    last = [desk.call("GET", "/account") for _ in range(10)][-1]
    assert (last.status_code, last.text) == (403, "403 Forbidden")
    desk.control("/clock", {"advance_s": 3601})
    assert desk.call("GET", "/account").status_code == 200


def test_a_limit_or_option_nobody_knows_is_refused(desk: Desk):
    for path, body in (("limits", {"per_hour": 1}), ("limits", {"per_second": -1}), ("options", {"merge_event": "?"})):
        assert desk.http.post(f"/_sandbox/{path}", json=body).status_code == 400
