"""Accounts, contacts and opportunities are as strict as joi and as terse as the vendor."""

from __future__ import annotations

import pytest

from tests.unit.sandbox_salesflare.conftest import Team

STAMP = "2026-11-21T12:00:00.000Z"


def test_a_contact_is_made_read_changed_and_archived(team: Team):
    account = team.ok("POST", "/accounts", {"name": "Vale Verde"})["id"]
    body = {
        "email": " Ana@Example.com ",
        "firstname": "Ana",
        "lastname": "Prado",
        "account": account,
        "mobile_phone_number": "+5511987654321",
        "position": {"role": "Buyer"},
        "tags": ["VIP"],
    }
    told = team.ok("POST", "/contacts", body)
    assert told.keys() == {"id"}
    row = team.ok("GET", f"/contacts/{told['id']}")
    assert (row["email"], row["domain"], row["name"]) == ("ana@example.com", "example.com", "Ana Prado")
    assert (row["mobile_phone_number"], row["phone_number"], row["role"]) == ("+5511987654321", None, "Buyer")
    assert (row["creation_date"], row["modification_date"], row["custom"]) == (STAMP, STAMP, None)
    assert row["account"] == {"id": account, "picture": None, "name": "Vale Verde", "domain": None}
    assert team.ok("PUT", f"/contacts/{told['id']}", {"role": None, "account": None}) == {"success": True}
    row = team.ok("GET", f"/contacts/{told['id']}")
    assert (row["role"], row["account"]) == (None, None)
    team.ok("DELETE", f"/contacts/{told['id']}")
    assert team.ok("GET", "/contacts") == []
    assert [each["archived"] for each in team.ok("GET", "/contacts", includeArchived="true")] == [True]
    assert team.refused(404, "DELETE", f"/contacts/{told['id']}") == "Not Found"


def test_a_list_of_contacts_is_made_whole_or_not_at_all(team: Team):
    assert team.ok("POST", "/contacts", [{"lastname": "A"}]).keys() == {"id"}
    assert len(team.ok("POST", "/contacts", [{"lastname": "B"}, {"lastname": "C"}])) == 2
    response = team.request("POST", "/contacts", json=[{"lastname": "D"}, {"email": "nobody"}])
    assert response.json()["validation"]["errors"][0] == {
        "path": "1.email",
        "message": '"email" must be a valid email',
        "type": "email",
        "constraint": "base",
        "label": "email",
    }
    assert len(team.ok("GET", "/contacts")) == 3


def test_a_second_contact_with_one_address_is_made_unless_force_is_false(team: Team):
    first = team.ok("POST", "/contacts", {"email": "ana@example.com"})["id"]
    assert team.ok("POST", "/contacts", {"email": "ana@example.com"})["id"] != first
    assert team.ok("POST", "/contacts", {"email": "ANA@example.com"}, force="false")["id"] == first
    team.switch(twin_contacts="answer_nothing")
    assert team.ok("POST", "/contacts", {"email": "ana@example.com"}, force="false") == []
    team.switch(twin_contacts="refuse")
    assert "already exists" in team.refused(400, "POST", "/contacts", {"email": "ana@example.com"}, force="false")
    assert len(team.ok("GET", "/contacts")) == 2


def test_an_account_is_changed_by_a_create_only_where_that_is_wanted(team: Team):
    first = team.ok("POST", "/accounts", {"name": "A", "domain": "a.example.com"})["id"]
    assert team.ok("POST", "/accounts", {"name": "B", "domain": "a.example.com"})["id"] != first
    assert (
        team.ok("POST", "/accounts", {"name": "C", "domain": "a.example.com"}, update_if_exists="true")["id"] == first
    )
    assert team.ok("GET", f"/accounts/{first}")["name"] == "C"


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/contacts", {}, '"value" must contain at least one of [name, email, prefix'),
        ("/contacts", {"lastname": "X", "nickname": "Y"}, '"nickname" is not allowed'),
        ("/contacts", {"lastname": ""}, '"lastname" is not allowed to be empty'),
        ("/contacts", {"lastname": 7}, '"lastname" must be a string'),
        ("/contacts", {"lastname": "X", "address": {"country": "x" * 51}}, "less than or equal to 50 characters"),
        ("/contacts", {"lastname": "X", "phone_number": None}, '"phone_number" must be a string'),
        ("/contacts", {"lastname": "X", "birth_date": "soon"}, '"birth_date" must be a valid ISO 8601 date'),
        ("/contacts", {"lastname": "X", "phone_numbers": [{"type": "work"}]}, '"number" is required'),
        ("/contacts", {"lastname": "X", "account": 5}, "The account does not exist"),
        ("/contacts", {"lastname": "X", "owner": 5}, '"owner" is not an active user of the team'),
        ("/contacts", {"lastname": "X", "custom": {"nope": 1}}, '"nope" is not allowed'),
        ("/contacts", [], "at least 1 items"),
        ("/contacts", "text", '"value" must be of type object'),
        ("/opportunities", {"name": "X"}, '"account" is required'),
        ("/accounts", {"name": "X", "tags": [7]}, '"0" must be of type object'),
        ("/accounts", {"name": "X", "size": "many"}, '"size" must be a number'),
    ],
)
def test_a_body_that_breaks_a_rule_is_refused_in_joi_s_words(team: Team, path, body, words):
    assert words in team.refused(400, "POST", path, body)


def test_an_opportunity_is_under_an_account_and_moves_through_its_stages(team: Team):
    account = team.ok("POST", "/accounts", {"name": "A"})["id"]
    stages = {each["name"]: each["id"] for each in team.ok("GET", "/stages")}
    body = {"account": account, "name": "Storage", "value": 5.5, "close_date": "2027-03-31T02:00:00Z", "currency": 1}
    deal = team.ok("POST", "/opportunities", body)["id"]
    row = team.ok("GET", f"/opportunities/{deal}")
    assert (row["stage"]["name"], row["probability"], row["pipeline"]["name"]) == ("Lead", 10, "Sales")
    assert row["close_date"] == "2027-03-30", "a day of the team's own time zone"
    team.ok("PUT", f"/opportunities/{deal}", {"probability": 40})
    team.ok("PUT", f"/opportunities/{deal}", {"stage": stages["Won"]})
    row = team.ok("GET", f"/opportunities/{deal}")
    assert (row["probability"], row["closed"], row["stage"]["fixed_stage"]) == (100, True, 1)
    assert team.refused(400, "PUT", f"/opportunities/{deal}", {"stage": 5}) == "The stage does not exist"
    assert "must be larger than or equal to 0" in team.refused(400, "PUT", f"/opportunities/{deal}", {"value": -1})
    for key in ("currency", "pipeline"):
        assert "is not allowed" in team.refused(400, "PUT", f"/opportunities/{deal}", {key: 1})


def test_an_account_s_owner_is_given_once(team: Team):
    owner = team.ok("GET", "/me")["id"]
    account = team.ok("POST", "/accounts", {"name": "A", "owner": owner})["id"]
    assert team.refused(400, "PUT", f"/accounts/{account}", {"owner": owner}) == '"owner" is not allowed'


def test_parts_are_added_without_an_id_changed_with_one_and_archived(team: Team):
    account = team.ok("POST", "/accounts", {"name": "A", "phone_number": "1", "address": {"city": "Aarhus"}})["id"]
    team.ok("PUT", f"/accounts/{account}", {"phone_numbers": [{"number": "2"}]})
    row = team.ok("GET", f"/accounts/{account}")
    assert [each["number"] for each in row["phone_numbers"]] == ["1", "2"]
    part, place = row["phone_numbers"][0]["id"], row["addresses"][0]["id"]
    change = {"phone_numbers": [{"id": part, "archived": True}], "addresses": [{"id": place, "zip": "8000"}]}
    team.ok("PUT", f"/accounts/{account}", change)
    row = team.ok("GET", f"/accounts/{account}")
    assert [each["number"] for each in row["phone_numbers"]] == ["2"]
    assert (row["addresses"][0]["city"], row["addresses"][0]["zip"]) == ("Aarhus", "8000")
    assert "does not exist" in team.refused(400, "PUT", f"/accounts/{account}", {"addresses": [{"id": 5, "city": "X"}]})


def test_tags_that_are_not_named_stay(team: Team):
    account = team.ok("POST", "/accounts", {"name": "A", "tags": ["VIP", {"name": "Solar"}]})["id"]
    team.ok("PUT", f"/accounts/{account}", {"tags": ["vip", "New"]})
    tags = {each["name"]: each["id"] for each in team.ok("GET", f"/accounts/{account}")["tags"]}
    assert tags.keys() == {"VIP", "Solar", "New"}
    team.ok("PUT", f"/accounts/{account}", {"tags": [{"id": tags["Solar"], "_deleted": True}]})
    assert [each["name"] for each in team.ok("GET", f"/accounts/{account}")["tags"]] == ["VIP", "New"]
    assert team.ok("GET", "/tags", name="vip")[0]["account_count"] == 1
    team.ok("PUT", f"/tags/{tags['VIP']}", {"name": "Very important"})
    team.ok("DELETE", f"/tags/{tags['New']}")
    assert [each["name"] for each in team.ok("GET", f"/accounts/{account}")["tags"]] == ["Very important"]
    assert team.ok("POST", "/tags", {"name": "Solar"}) == {"id": tags["Solar"]}


def test_contacts_join_and_leave_an_account(team: Team):
    account = team.ok("POST", "/accounts", {"name": "A"})["id"]
    contact = team.ok("POST", "/contacts", {"lastname": "X"})["id"]
    team.ok("POST", f"/accounts/{account}/contacts", [{"id": contact}])
    assert team.ok("GET", f"/contacts/{contact}")["account"]["id"] == account
    team.ok("PUT", f"/accounts/{account}/contacts", {"id": contact, "_deleted": True})
    assert team.ok("GET", f"/contacts/{contact}")["account"] is None


def test_custom_values_have_their_field_s_kind(team: Team):
    types = {each["name"]: each["id"] for each in team.ok("GET", "/customfields/types")}
    wanted = {"Bill": "number", "Renewal": "date", "Consent": "boolean", "Note": "text"}
    for name, kind in wanted.items():
        team.ok("POST", "/customfields/contacts", {"name": name, "type": types[kind]})
    options = [{"name": "Plant"}, {"name": "Partner"}]
    made = team.ok(
        "POST", "/customfields/contacts", {"name": "Solution type", "type": types["select"], "options": options}
    )
    field = team.ok("GET", f"/customfields/contacts/{made['id']}")
    assert field["api_field"] == "solution_type"
    plant = team.ok("GET", "/customfields/contacts/solution_type/options")[0]
    custom = {"bill": 5.5, "renewal": "2027-03-31", "consent": False, "note": "x", "solution_type": plant["id"]}
    contact = team.ok("POST", "/contacts", {"lastname": "X", "custom": custom})["id"]
    said = team.ok("GET", f"/contacts/{contact}")["custom"]
    assert said == custom | {"solution_type": {"id": plant["id"], "name": "Plant"}}
    for name, wrong in {"bill": "5", "renewal": "soon", "consent": 1, "note": 5, "solution_type": "Plant"}.items():
        assert team.refused(400, "PUT", f"/contacts/{contact}", {"custom": {name: wrong}})
    team.ok("PUT", f"/contacts/{contact}", {"custom": {"note": None}})
    assert team.ok("GET", f"/contacts/{contact}")["custom"].keys() == custom.keys() - {"note"}
    team.switch(update_merges_custom=False)
    team.ok("PUT", f"/contacts/{contact}", {"custom": {"note": "only"}})
    assert team.ok("GET", f"/contacts/{contact}")["custom"] == {"note": "only"}
    assert "already exists" in team.refused(400, "POST", "/customfields/contacts", {"name": "note", "type": 1})
    assert "must be one of" in team.refused(400, "GET", "/customfields/tasks")
    team.ok("DELETE", f"/customfields/contacts/{made['id']}")
    assert team.refused(404, "GET", f"/customfields/contacts/{made['id']}") == "Not Found"
