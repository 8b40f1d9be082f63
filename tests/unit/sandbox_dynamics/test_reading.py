from __future__ import annotations

from urllib.parse import quote

import pytest

NAMES = ("Novak", "O'Brien", "Ängström", "100%", "a_b", "axb")


@pytest.fixture
def people(web):
    for name in NAMES:
        web.make("contacts", lastname=name, jobtitle=None if name == "axb" else "Buyer")
    return web


def found(web, condition: str) -> set[str]:
    rows = web.get(f"contacts?$select=lastname&$filter={quote(condition)}")["value"]
    return {row["lastname"] for row in rows}


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("lastname eq 'NOVAK'", {"Novak"}),
        ("lastname eq 'novak  '", {"Novak"}),
        ("lastname eq 'o''brien'", {"O'Brien"}),
        ("lastname ne 'novak' and jobtitle eq 'Buyer'", {"O'Brien", "Ängström", "100%", "a_b"}),
        ("jobtitle eq null", {"axb"}),
        ("not (jobtitle eq null) and (lastname eq 'novak' or lastname eq 'a_b')", {"Novak", "a_b"}),
        ("contains(lastname,'o%k')", {"Novak"}),
        ("contains(lastname,'a_b')", {"a_b", "axb"}),
        ("contains(lastname,'a[_]b')", {"a_b"}),
        ("startswith(lastname,'n')", {"Novak"}),
        ("endswith(lastname,'[%]')", {"100%"}),
        (
            "Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['novak','A_B','nobody'])",
            {"Novak", "a_b"},
        ),
        ("createdon ge 2001-01-01 and createdon lt 2001-01-02T00:00:00Z", set()),
        ("statecode eq 0 and merged eq false", set(NAMES)),
    ],
)
def test_conditions_are_compared_as_the_database_does(people, condition, names):
    assert found(people, condition) == names


@pytest.mark.parametrize(
    "query",
    [
        "$filter=nickname eq 'x'",
        "$filter=lastname eq x",
        "$filter=lastname eq 7",
        "$filter=statecode eq 'Active'",
        "$filter=contactid eq 'nonsense'",
        "$filter=contactid gt 00000000-0000-0000-0000-000000000000",
        "$filter=modifiedon ge 'yesterday'",
        "$filter=modifiedon ge 2026-13-01T00:00:00Z",
        "$filter=lastname eq 'x' und jobtitle eq 'y'",
        "$filter=lastname eq",
        "$filter=(lastname eq 'x'",
        "$filter=contains(statecode,'x')",
        "$filter=parentcustomerid eq null",
        "$select=nickname",
        "$select=parentcustomerid",
        "$orderby=nickname",
        "$orderby=lastname upwards",
        "$top=x",
        "$skip=5",
        "$expand=parentcustomerid_account",
        "$skiptoken=x",
    ],
)
def test_a_question_that_cannot_be_understood_is_refused(people, query):
    name, _, value = query.partition("=")
    status, code = people.refused("GET", f"contacts?{name}={quote(value)}")
    assert status == 400
    assert code in ("0x80060888", "0x8004112a")


def test_pages_follow_each_other_whatever_happens_between_them(web):
    ids = [web.make("contacts", lastname=f"N{n}") for n in range(7)]
    first = web.get("contacts?$select=lastname&$orderby=lastname%20desc", "odata.maxpagesize=3")
    assert [row["lastname"] for row in first["value"]] == ["N6", "N5", "N4"]
    web.call("DELETE", f"contacts({ids[4]})")
    web.make("contacts", lastname="N9")
    path = first["@odata.nextLink"].partition("/api/data/v9.2/")[2]
    second = web.get(path, "odata.maxpagesize=3")
    assert [row["lastname"] for row in second["value"]] == ["N3", "N2", "N1"]
    assert web.refused("GET", path.replace("lastname+desc", "lastname").replace("lastname%20desc", "lastname"))[1] in (
        "0x80041129",
        "0x8004112a",
    )


def test_a_top_ends_the_pages_and_a_count_stops_at_five_thousand(web):
    web.control("seed", {"rows": {"contacts": [{"lastname": f"N{n}"} for n in range(5003)]}})
    assert "@odata.nextLink" not in web.get("contacts?$select=lastname&$top=2", "odata.maxpagesize=1")
    body = web.get("contacts?$select=lastname&$count=true")
    assert (body["@odata.count"], len(body["value"])) == (5000, 5000)
    assert "@odata.nextLink" in body
    assert web.call("GET", "contacts/$count").text == "5000"


def test_changes_since_a_link_come_first_and_deletions_behind_them(web):
    kept, lost = web.make("contacts", lastname="a"), web.make("contacts", lastname="b")
    link = web.get("contacts?$select=lastname", "odata.track-changes")["@odata.deltaLink"]
    path = link.partition("/api/data/v9.2/")[2]
    assert web.get(path)["value"] == []
    web.call("DELETE", f"contacts({lost})")
    web.call("PATCH", f"contacts({kept})", {"lastname": "c"})
    body = web.get(path)
    assert [each.get("lastname") or each["id"] for each in body["value"]] == ["c", lost]
    assert body["value"][1]["reason"] == "deleted"
    assert body["value"][1]["@odata.context"].endswith("#contacts/$deletedEntity")
    assert web.get(body["@odata.deltaLink"].partition("/api/data/v9.2/")[2])["value"] == []


def test_a_link_expires_and_goes_with_no_condition(web):
    web.make("contacts", lastname="a")
    link = web.get("contacts?$select=lastname", "odata.track-changes")["@odata.deltaLink"]
    path = link.partition("/api/data/v9.2/")[2]
    assert web.refused("GET", "contacts?$top=1", prefer="odata.track-changes")[0] == 400
    assert web.refused("GET", f"{path}&$filter=lastname%20eq%20'a'")[0] == 400
    web.control("clock", {"advance_s": 8 * 86_400})
    web.http.headers["authorization"] = f"Bearer {web.sign_in()['access_token']}"
    assert web.refused("GET", path) == (400, "0x80044352")
    assert web.refused("GET", "contacts?$deltatoken=nonsense")[0] == 400
    assert web.refused("GET", "contacts?$deltatoken=999999999!01/01/2026%2000:00:00")[0] == 400


def test_a_table_is_tracked_once_it_is_told_to_be_and_for_good(web):
    assert web.refused("GET", "leads", prefer="odata.track-changes")[1] == "0x80072491"
    root = "EntityDefinitions(LogicalName='lead')"
    whole = web.get(root)
    assert web.refused("PUT", root, {"ChangeTrackingEnabled": True})[1] == "0x80048d19"
    assert web.refused("PUT", root, {**whole, "ChangeTrackingEnabled": True})[1] == "0x80048d19"
    header = {"MSCRM.MergeLabels": "true"}
    assert web.call("PUT", root, {**whole, "ChangeTrackingEnabled": True}, **header).status_code == 204
    assert "@odata.deltaLink" in web.get("leads", "odata.track-changes")
    assert web.call("PUT", root, {**whole, "ChangeTrackingEnabled": False}, **header).status_code == 400


def test_lengths_are_told_by_type_only(web):
    root = "EntityDefinitions(LogicalName='lead')/Attributes"
    assert web.refused("GET", f"{root}?$select=MaxLength")[0] == 400
    typed = f"{root}/Microsoft.Dynamics.CRM.StringAttributeMetadata?$select=LogicalName,MaxLength"
    lengths = {each["LogicalName"]: each["MaxLength"] for each in web.get(typed)["value"]}
    assert (lengths["mobilephone"], lengths["telephone1"]) == (20, 50)
    assert web.refused("GET", f"{root}/Microsoft.Dynamics.CRM.StringAttributeMetadata?$expand=OptionSet")[0] == 400
    assert web.refused("GET", f"{root}/Microsoft.Dynamics.CRM.NonsenseAttributeMetadata")[0] == 400


def test_a_note_takes_no_column_and_a_key_no_tenth_neighbour(web):
    label = {"LocalizedLabels": [{"Label": "x", "LanguageCode": 1033}]}
    column = {"@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "DisplayName": label, "MaxLength": 10}
    path = "EntityDefinitions(LogicalName='{}')/{}"
    assert (
        web.refused("POST", path.format("annotation", "Attributes"), {**column, "SchemaName": "new_x"})[1]
        == "0x80047008"
    )
    for n in range(11):
        body = {**column, "SchemaName": f"new_c{n}"}
        assert web.call("POST", path.format("contact", "Attributes"), body).status_code == 204
    keys = path.format("contact", "Keys")
    for n in range(10):
        body = {"SchemaName": f"new_k{n}", "KeyAttributes": [f"new_c{n}"]}
        assert web.call("POST", keys, body).status_code == 204
    assert web.refused("POST", keys, {"SchemaName": "new_k10", "KeyAttributes": ["new_c10"]})[0] == 400


def test_a_key_with_a_letter_of_paths_cannot_be_asked_for(web):
    label = {"LocalizedLabels": [{"Label": "x", "LanguageCode": 1033}]}
    column = {"@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "DisplayName": label, "MaxLength": 50}
    web.call("POST", "EntityDefinitions(LogicalName='contact')/Attributes", {**column, "SchemaName": "new_hub"})
    web.call(
        "POST", "EntityDefinitions(LogicalName='contact')/Keys", {"SchemaName": "new_key", "KeyAttributes": ["new_hub"]}
    )
    assert web.refused("GET", "contacts(new_hub='a')")[1] == "0x80060890"
    for _ in range(2):
        web.get("EntityDefinitions(LogicalName='contact')/Keys")
    assert web.refused("GET", "contacts(new_hub='a')") == (404, "0x80060891")
    assert web.refused("GET", "contacts(new_hub='a%26b')")[0] == 400
    assert web.call("PATCH", "contacts(new_hub='O''Brien')", {"lastname": "x"}).status_code == 204
    assert web.get("contacts(new_hub='o''brien')?$select=new_hub")["new_hub"] == "O'Brien"
    assert web.refused("POST", "contacts", {"new_hub": "O'BRIEN"}) == (412, "0x80060892")
