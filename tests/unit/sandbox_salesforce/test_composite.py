from __future__ import annotations

from typing import Any

from tests.unit.sandbox_salesforce.org_client import DATA, OrgClient


def _step(name: str, method: str, url: str, body: Any = None) -> dict[str, Any]:
    return {"referenceId": name, "method": method, "url": f"{DATA}{url}", "body": body}


def test_later_steps_use_the_answers_of_earlier_ones_and_count_as_one_call(org: OrgClient):
    steps = [
        _step("acc", "POST", "/sobjects/Account", {"Name": "Acme"}),
        _step("con", "POST", "/sobjects/Contact", {"LastName": "x", "AccountId": "@{acc.id}"}),
        _step("got", "GET", "/query?q=SELECT+Id+FROM+Contact+WHERE+AccountId='@{acc.id}'"),
    ]
    answer = org.post(f"{DATA}/composite", json={"compositeRequest": steps})
    parts = {each["referenceId"]: each for each in answer.json()["compositeResponse"]}
    assert [parts[name]["httpStatusCode"] for name in ("acc", "con", "got")] == [201, 201, 200]
    assert parts["got"]["body"]["records"][0]["Id"] == parts["con"]["body"]["id"]
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=1/110000"


def test_all_or_none_undoes_what_was_done_and_halts_the_rest(org: OrgClient):
    steps = [
        _step("acc", "POST", "/sobjects/Account", {"Name": "Acme"}),
        _step("con", "POST", "/sobjects/Contact", {}),
        _step("more", "POST", "/sobjects/Account", {"Name": "More"}),
    ]
    body = {"allOrNone": True, "compositeRequest": steps}
    parts = org.post(f"{DATA}/composite", json=body).json()["compositeResponse"]
    codes = [each["body"][0]["errorCode"] for each in parts]
    assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"]
    assert org.rows("SELECT Id FROM Account") == []


def test_without_all_or_none_good_steps_stay(org: OrgClient):
    steps = [
        _step("bad", "POST", "/sobjects/Contact", {}),
        _step("uses", "GET", "/sobjects/Contact/@{bad.id}"),
        _step("good", "POST", "/sobjects/Account", {"Name": "Acme"}),
    ]
    parts = org.post(f"{DATA}/composite", json={"compositeRequest": steps}).json()["compositeResponse"]
    assert [each["httpStatusCode"] for each in parts] == [400, 400, 201]
    assert len(org.rows("SELECT Id FROM Account")) == 1


def test_too_many_steps_and_too_many_heavy_ones_are_refused(org: OrgClient):
    many = [_step(f"s{n}", "GET", "/limits") for n in range(26)]
    heavy = [_step(f"s{n}", "GET", "/query?q=SELECT+Id+FROM+Contact") for n in range(6)]
    for steps in (many, heavy):
        answer = org.post(f"{DATA}/composite", json={"compositeRequest": steps})
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "LIMIT_EXCEEDED")


def test_a_batch_runs_on_unless_told_to_halt(org: OrgClient):
    steps = [
        {"method": "GET", "url": "v67.0/sobjects/Contact/nonsense"},
        {"method": "POST", "url": "v67.0/sobjects/Account", "richInput": {"Name": "Acme"}},
    ]
    on = org.post(f"{DATA}/composite/batch", json={"batchRequests": steps}).json()
    assert (on["hasErrors"], [each["statusCode"] for each in on["results"]]) == (True, [404, 201])
    halted = org.post(f"{DATA}/composite/batch", json={"haltOnError": True, "batchRequests": steps}).json()
    assert [each["statusCode"] for each in halted["results"]] == [404, 412]


def test_a_tree_is_planted_whole_or_not_at_all(org: OrgClient):
    child = {"attributes": {"type": "Contact", "referenceId": "c1"}, "LastName": "Leaf"}
    tree = {
        "attributes": {"type": "Account", "referenceId": "a1"},
        "Name": "Root",
        "Contacts": {"records": [child]},
    }
    made = org.post(f"{DATA}/composite/tree/Account", json={"records": [tree]})
    assert (made.status_code, made.json()["hasErrors"]) == (201, False)
    assert org.rows("SELECT Account.Name FROM Contact")[0]["Account"]["Name"] == "Root"
    child.pop("LastName")
    refused = org.post(f"{DATA}/composite/tree/Account", json={"records": [tree]})
    assert refused.status_code == 400
    assert refused.json()["results"][0]["referenceId"] == "c1"
    assert len(org.rows("SELECT Id FROM Account")) == 1
