from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.sandbox_salesforce.org_client import DATA, OrgClient


@pytest.fixture
def full(org: OrgClient) -> OrgClient:
    ids = org.seed(records={"Account": [{"Name": "Acme", "Industry": "Energy"}, {"Name": "Beta"}]})["ids"]
    acme, beta = ids["Account"]
    people: list[dict[str, Any]] = [
        {"LastName": "Alvarez", "FirstName": "Ana", "Email": "ana@example.com", "AccountId": acme},
        {"LastName": "brandt", "Email": "Bo@Example.com", "AccountId": acme, "Birthdate": "1990-05-01"},
        {"LastName": "Costa", "AccountId": beta, "DoNotCall": True},
        {"LastName": "100% O'Neill_x"},
    ]
    deals = [
        {"Name": "One", "StageName": "Prospecting", "CloseDate": "2026-04-01", "Amount": 10, "AccountId": acme},
        {"Name": "Two", "StageName": "Closed Won", "CloseDate": "2026-05-01", "Amount": 30, "AccountId": acme},
        {"Name": "Three", "StageName": "Prospecting", "CloseDate": "2026-06-01"},
    ]
    made = org.seed(records={"Contact": people, "Opportunity": deals})["ids"]
    role = {"OpportunityId": made["Opportunity"][0], "ContactId": made["Contact"][0], "Role": "Evaluator"}
    org.seed(records={"OpportunityContactRole": [role]})
    return org


def _names(org: OrgClient, where: str, name: str = "LastName") -> set[str]:
    return {row[name] for row in org.rows(f"SELECT {name} FROM Contact WHERE {where}")}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Email = 'ANA@example.COM'", {"Alvarez"}),
        ("Email IN ('bo@example.com', 'nobody@example.com')", {"brandt"}),
        ("Email = null", {"Costa", "100% O'Neill_x"}),
        ("Email != 'ana@example.com'", {"brandt", "Costa", "100% O'Neill_x"}),
        ("LastName LIKE 'B%'", {"brandt"}),
        (r"LastName LIKE '100\% O\'Neill\_%'", {"100% O'Neill_x"}),
        ("NOT Email = null", {"Alvarez", "brandt"}),
        ("DoNotCall = true", {"Costa"}),
        ("Birthdate < 2000-01-01", {"brandt"}),
        ("Account.Name = 'acme' AND (Birthdate != null OR FirstName = 'Ana')", {"Alvarez", "brandt"}),
        ("Account.Industry = 'Energy'", {"Alvarez", "brandt"}),
        ("AccountId IN (SELECT Id FROM Account WHERE Name = 'Beta')", {"Costa"}),
        ("Id IN (SELECT ContactId FROM OpportunityContactRole)", {"Alvarez"}),
        ("CreatedDate = TODAY AND LastName = 'Costa'", {"Costa"}),
        ("CreatedDate > LAST_N_DAYS:1", set()),
        ("SystemModstamp >= 2026-03-02T12:00:00Z AND LastName = 'Costa'", {"Costa"}),
        ("SystemModstamp > 2026-03-02T13:00:00+01:00", set()),
        ("Owner.Name = 'Ada Admin' AND LastName = 'Costa'", {"Costa"}),
    ],
)
def test_conditions_choose_the_rows_the_vendor_would(full: OrgClient, where: str, expected: set[str]):
    assert _names(full, where) == expected


def test_parents_are_nested_objects_and_absent_ones_null(full: OrgClient):
    row, other = full.rows(
        "SELECT LastName, Account.Name, Account.Owner.Name FROM Contact "
        "WHERE LastName IN ('Costa', '100% O\\'Neill_x') ORDER BY LastName DESC"
    )
    assert row["Account"]["attributes"]["type"] == "Account"
    assert (row["Account"]["Name"], row["Account"]["Owner"]["Name"]) == ("Beta", "Ada Admin")
    assert other["Account"] is None


def test_children_come_as_a_result_of_their_own_or_null(full: OrgClient):
    rows = full.rows(
        "SELECT Name, (SELECT ContactId, Role FROM OpportunityContactRoles) FROM Opportunity ORDER BY CloseDate"
    )
    first = rows[0]["OpportunityContactRoles"]
    assert (first["totalSize"], first["done"], first["records"][0]["Role"]) == (1, True, "Evaluator")
    assert rows[1]["OpportunityContactRoles"] is None


def test_order_puts_nulls_first_unless_told_and_ignores_case(full: OrgClient):
    rows = full.rows("SELECT LastName, Email FROM Contact ORDER BY Email, LastName DESC")
    assert [row["LastName"] for row in rows] == ["Costa", "100% O'Neill_x", "Alvarez", "brandt"]
    rows = full.rows("SELECT LastName FROM Contact ORDER BY Email DESC NULLS LAST LIMIT 1 OFFSET 1")
    assert rows[0]["LastName"] == "Alvarez"


def test_counts_and_sums_are_aggregate_results(full: OrgClient):
    counted = full.get(f"{DATA}/query", params={"q": "SELECT COUNT() FROM Contact"}).json()
    assert counted == {"totalSize": 4, "done": True, "records": []}
    rows = full.rows("SELECT StageName, COUNT(Id) n, SUM(Amount) FROM Opportunity GROUP BY StageName")
    by_stage = {row["StageName"]: (row["n"], row["expr0"]) for row in rows}
    assert by_stage == {"Prospecting": (2, 10.0), "Closed Won": (1, 30.0)}
    assert rows[0]["attributes"] == {"type": "AggregateResult"}


def test_addresses_are_compound_and_cannot_be_sorted(full: OrgClient):
    full.new("Contact", LastName="Diaz", MailingCity="Lyon", MailingStreet="1 Rue\r\n2")
    row = full.rows("SELECT MailingAddress FROM Contact WHERE MailingCity = 'lyon'")[0]
    assert row["MailingAddress"]["city"] == "Lyon"
    assert row["MailingAddress"]["street"] == "1 Rue\n2"
    assert full.refused("SELECT Id FROM Contact ORDER BY MailingAddress")["errorCode"] == "MALFORMED_QUERY"


@pytest.mark.parametrize(
    ("soql", "code", "sentence"),
    [
        ("SELECT Foo FROM Contact", "INVALID_FIELD", "No such column 'Foo' on entity 'Contact'"),
        ("SELECT Id FROM Contcat", "INVALID_TYPE", "sObject type 'Contcat' is not supported"),
        ("SELECT Owners.Name FROM Contact", "INVALID_FIELD", "Didn't understand relationship 'Owners'"),
        ("SELECT Id, (SELECT Id FROM Foos) FROM Account", "INVALID_TYPE", "relationship 'Foos' in FROM part"),
        ("SELECT Id FROM Contact WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered"),
        ("SELECT Id FROM Contact ORDER BY Description", "MALFORMED_QUERY", "can not be sorted"),
        ("SELECT Id FROM Contact WHERE LastName = 5", "INVALID_FIELD", "should be enclosed in quotes"),
        (
            "SELECT Id FROM Contact WHERE CreatedDate > '2026-01-01T00:00:00Z'",
            "INVALID_FIELD",
            "must be of type dateTime and should not be enclosed in quotes",
        ),
        ("SELECT Id FROM Contact WHERE CreatedDate > 2026-01-01", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Contact WHERE Id = 'nonsense'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field"),
        ("SELECT FIELDS(ALL) FROM Contact", "MALFORMED_QUERY", "LIMIT of at most 200"),
        ("SELECT FIELDS(ALL) FROM Contact LIMIT 201", "MALFORMED_QUERY", "LIMIT of at most 200"),
        ("SELECT Id FROM Contact OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset"),
        ("SELECT Id, Id FROM Contact", "MALFORMED_QUERY", "duplicate field selected: Id"),
        ("SELECT Name, COUNT(Id) FROM Contact", "MALFORMED_QUERY", "must be grouped or aggregated"),
        ("", "MALFORMED_QUERY", "has to be specified"),
    ],
)
def test_mistakes_are_refused_in_the_vendors_words(full: OrgClient, soql: str, code: str, sentence: str):
    problem = full.refused(soql)
    assert problem["errorCode"] == code
    assert sentence in problem["message"]


def test_fields_all_lists_every_visible_field(full: OrgClient):
    row = full.rows("SELECT FIELDS(ALL) FROM Contact LIMIT 1")[0]
    assert {"Id", "LastName", "SystemModstamp", "MailingAddress"} <= set(row)


def test_pages_follow_their_locator_until_it_expires(full: OrgClient):
    full.seed(records={"Lead": [{"LastName": f"L{n}", "Company": "C"} for n in range(450)]})
    header = {"Sforce-Query-Options": "batchSize=200"}
    page = full.get(f"{DATA}/query", params={"q": "SELECT Id FROM Lead"}, headers=header).json()
    assert (page["totalSize"], page["done"], len(page["records"])) == (450, False, 200)
    assert page["nextRecordsUrl"].endswith("-200")
    seen = [row["Id"] for row in page["records"]]
    full.new("Lead", LastName="late", Company="C")
    second = full.get(page["nextRecordsUrl"]).json()
    third = full.get(second["nextRecordsUrl"]).json()
    assert third["done"]
    assert "nextRecordsUrl" not in third
    seen += [row["Id"] for row in second["records"] + third["records"]]
    assert len(set(seen)) == 450
    full.later(2 * 86_400 + 1)
    _expect(full.get(page["nextRecordsUrl"]), 401, "INVALID_SESSION_ID")


def test_an_expired_or_invented_locator_is_refused(full: OrgClient, app: Any):
    full.switch(page_rows=2)
    page = full.get(f"{DATA}/query", params={"q": "SELECT Id FROM Contact"}).json()
    assert len(page["records"]) == 2
    full.later(2 * 86_400 + 1)
    full.log_in(app.credentials)
    _expect(full.get(page["nextRecordsUrl"]), 400, "INVALID_QUERY_LOCATOR")
    _expect(full.get(f"{DATA}/query/01g000000000001AAA-2000"), 400, "INVALID_QUERY_LOCATOR")


def test_the_recycle_bin_is_seen_by_query_all_only(full: OrgClient):
    record_id = full.rows("SELECT Id FROM Contact WHERE LastName = 'Costa'")[0]["Id"]
    full.delete(f"{DATA}/sobjects/Contact/{record_id}")
    query = "SELECT Id, IsDeleted FROM Contact WHERE IsDeleted = true"
    assert full.rows(query) == []
    found = full.get(f"{DATA}/queryAll/", params={"q": query}).json()["records"]
    assert [(row["Id"], row["IsDeleted"]) for row in found] == [(record_id, True)]


def test_the_type_behind_a_polymorphic_reference_is_told(org: OrgClient):
    org.seed(records={"Lead": [{"LastName": "Q", "Company": "C"}]})
    lead_id = org.new("Lead", LastName="R", Company="C")
    rows = org.rows("SELECT LastName, Owner.Name, Owner.Type FROM Lead ORDER BY LastName")
    assert [(row["Owner"]["Name"], row["Owner"]["Type"]) for row in rows] == [
        ("Ada Admin", "User"),
        ("Inbound Leads", "Group"),
    ]
    assert rows[1]["attributes"]["url"].endswith(lead_id)


def _expect(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (status, code)
