from __future__ import annotations

import pytest

from tests.unit.sandbox_zoho.conftest import Api


def ask(api: Api, text: str):
    return api.call("POST", "/coql", {"select_query": text})


def test_a_query_reads_what_was_just_written_and_search_does_not(api: Api):
    (record_id,) = api.made("Contacts", {"Last_Name": "Prado", "Email": "ana@example.com"})
    params = {"email": "ANA@example.com"}
    assert api.call("GET", "/Contacts/search", params=params).status_code == 204
    (row,) = ask(api, "select Last_Name, Owner from Contacts where Email = 'ana@example.com'").json()["data"]
    assert (row["id"], row["Owner"]) == (record_id, {"name": "Ines Integration", "id": "4150868000000225017"})
    api.control("clock", {"advance_s": 6})
    (hit,) = api.call("GET", "/Contacts/search", params=params).json()["data"]
    assert hit["id"] == record_id


def test_search_by_equals_finds_whatever_holds_the_text(api: Api):
    api.made("Contacts", {"Last_Name": "Prado"}, {"Last_Name": "Prado Lund"})
    api.control("clock", {"advance_s": 6})
    criteria = {"criteria": "(Last_Name:equals:Prado)"}
    assert len(api.call("GET", "/Contacts/search", params=criteria).json()["data"]) == 2
    assert api.call("GET", "/Contacts/search").json()["code"] == "REQUIRED_PARAM_MISSING"
    assert api.call("GET", "/Contacts/search", params={**criteria, "page": 11}).json()["code"] == "LIMIT_REACHED"


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Last_Name = 'a'", ["A"]),
        ("Last_Name in ('a', 'O''Brien')", ["A", "O'Brien"]),
        ("(First_Name is null) and (Last_Name != 'a')", ["O'Brien"]),
        ("First_Name is not null", ["B"]),
        ("((Last_Name = 'a') or (Last_Name = 'b')) and (id > '0')", ["A", "B"]),
        ("Modified_Time >= '2020-01-01T00:00:00+00:00'", ["A", "B", "O'Brien"]),
        ("Modified_Time < '2020-01-01T00:00:00+00:00'", []),
    ],
)
def test_conditions_choose_records(api: Api, where: str, names: list[str]):
    api.made("Contacts", {"Last_Name": "A"}, {"Last_Name": "B", "First_Name": "x"}, {"Last_Name": "O'Brien"})
    answer = ask(api, f"select Last_Name from Contacts where {where} order by id asc limit 10")
    assert answer.status_code == (200 if names else 204)
    assert ([each["Last_Name"] for each in answer.json()["data"]] if names else []) == names


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("select Last_Name from Contacts", "SYNTAX_ERROR"),
        ("select Last_Name from Contacts where a = 1 and b = 2 and c = 3", "INVALID_QUERY"),
        ("select id from Contacts where id = '1' and id = '2' and id = '3'", "SYNTAX_ERROR"),
        ("select id from Contacts where (id = '1'", "SYNTAX_ERROR"),
        ("select id from Notes where id > '0'", "INVALID_QUERY"),
        ("select Tag from Contacts where id > '0'", "INVALID_QUERY"),
        ("select Nothing from Contacts where id > '0'", "INVALID_QUERY"),
        ("select id from Contacts where Description = 'x'", "INVALID_QUERY"),
        ("select id from Contacts where Last_Name > 'x'", "INVALID_QUERY"),
        ("select id from Contacts where Modified_Time > '2026-01-01'", "INVALID_QUERY"),
        ("select id from Contacts where id > '0' limit 201", "LIMIT_EXCEEDED"),
        ("select id from Contacts where id > '0' order by id, id", "SYNTAX_ERROR"),
        (f"select id from Contacts where Last_Name in ({','.join(['1'] * 51)})", "LIMIT_EXCEEDED"),
        (f"select {','.join(['id'] * 51)} from Contacts where id > '0'", "LIMIT_EXCEEDED"),
    ],
)
def test_a_query_that_is_none_is_refused(api: Api, text: str, code: str):
    answer = ask(api, text)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_rows_are_paged_by_limit_and_offset(api: Api):
    ids = api.made("Contacts", *[{"Last_Name": "N"}] * 5)
    answer = ask(api, "select id from Contacts where id > '0' order by id desc limit 2 offset 2").json()
    assert [each["id"] for each in answer["data"]] == [ids[2], ids[1]]
    assert answer["info"] == {"count": 2, "more_records": True}
