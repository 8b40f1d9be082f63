from __future__ import annotations

from tests.unit.sandbox_salesforce.org_client import DATA, OrgClient


def test_a_merge_leaves_a_deleted_loser_that_names_its_master(org: OrgClient):
    account_ids = org.seed(records={"Account": [{"Name": "Keep"}, {"Name": "Lose", "Website": "lose.example"}]})
    keep, lose = account_ids["ids"]["Account"]
    contact_id = org.new("Contact", LastName="x", AccountId=lose)
    org.later(60)
    org.person("merge", id=keep, losers=[lose])
    query = f"SELECT IsDeleted, MasterRecordId FROM Account WHERE Id = '{lose}'"
    (loser,) = org.get(f"{DATA}/queryAll", params={"q": query}).json()["records"]
    assert (loser["IsDeleted"], loser["MasterRecordId"]) == (True, keep)
    kept = org.row("Account", keep)
    assert (kept["Website"], kept["SystemModstamp"]) == ("lose.example", "2026-03-02T12:01:00.000+0000")
    assert org.row("Contact", contact_id)["AccountId"] == keep
    gone = org.patch(f"{DATA}/sobjects/Account/{lose}", json={"Name": "x"})
    assert (gone.status_code, gone.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")


def test_a_converted_lead_stays_but_cannot_be_changed(org: OrgClient):
    lead_id = org.new("Lead", LastName="Novak", Company="Acme", Email="n@example.com", City="Lyon")
    task_id = org.new("Task", WhoId=lead_id, Subject="Call")
    ids = org.person("convert", id=lead_id, opportunity_name="Acme deal")
    lead = org.row("Lead", lead_id)
    assert (lead["IsConverted"], lead["Status"], lead["ConvertedDate"]) == (True, "Closed - Converted", "2026-03-02")
    assert lead["ConvertedContactId"] == ids["ConvertedContactId"]
    contact = org.row("Contact", ids["ConvertedContactId"])
    assert (contact["Email"], contact["MailingCity"]) == ("n@example.com", "Lyon")
    assert org.row("Task", task_id)["WhoId"] == ids["ConvertedContactId"]
    roles = org.rows("SELECT ContactId, IsPrimary FROM OpportunityContactRole")
    assert (roles[0]["ContactId"], roles[0]["IsPrimary"]) == (ids["ConvertedContactId"], True)
    refused = org.patch(f"{DATA}/sobjects/Lead/{lead_id}", json={"Title": "x"})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "CANNOT_UPDATE_CONVERTED_LEAD")


def test_deleting_an_account_takes_its_people_and_deals_along(org: OrgClient):
    account_id = org.new("Account", Name="A")
    contact_id = org.new("Contact", LastName="x", AccountId=account_id)
    deal = {"Name": "D", "StageName": "Prospecting", "CloseDate": "2026-04-01", "AccountId": account_id}
    deal_id = org.new("Opportunity", **deal)
    org.new("OpportunityContactRole", OpportunityId=deal_id, ContactId=contact_id)
    assert org.delete(f"{DATA}/sobjects/Account/{account_id}").status_code == 204
    for name in ("Contact", "Opportunity", "OpportunityContactRole"):
        assert org.rows(f"SELECT Id FROM {name}") == []


def test_an_account_with_won_deals_cannot_be_deleted(org: OrgClient):
    account_id = org.new("Account", Name="A")
    deal = {"Name": "Won", "StageName": "Closed Won", "CloseDate": "2026-04-01", "AccountId": account_id}
    org.new("Opportunity", **deal)
    refused = org.delete(f"{DATA}/sobjects/Account/{account_id}")
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "DELETE_FAILED")
    assert len(org.rows("SELECT Id FROM Account")) == 1


def test_the_recycle_bin_empties_itself_after_fifteen_days(org: OrgClient, app):
    record_id = org.new("Contact", LastName="x")
    org.delete(f"{DATA}/sobjects/Contact/{record_id}")
    org.later(15 * 86_400 + 60)
    org.log_in(app.credentials)
    assert org.get(f"{DATA}/queryAll", params={"q": "SELECT Id FROM Contact"}).json()["totalSize"] == 0
    gone = org.delete(f"{DATA}/sobjects/Contact/{record_id}")
    assert gone.json()[0]["errorCode"] == "NOT_FOUND"


def test_the_orgs_own_processes_move_the_system_stamp_only(org: OrgClient):
    record_id = org.new("Contact", LastName="x")
    org.later(60)
    org.person("update", id=record_id, fields={"Department": "d"}, automated=True)
    row = org.row("Contact", record_id)
    assert row["SystemModstamp"] == "2026-03-02T12:01:00.000+0000"
    assert row["LastModifiedDate"] == "2026-03-02T12:00:00.000+0000"


def test_a_late_commit_appears_with_an_earlier_stamp(org: OrgClient):
    org.later(600)
    org.switch(late_commits={"count": 1, "delay_s": 240})
    late, prompt = (org.new("Contact", LastName=name) for name in "ab")
    assert org.row("Contact", late)["SystemModstamp"] == "2026-03-02T12:06:00.000+0000"
    assert org.row("Contact", prompt)["SystemModstamp"] == "2026-03-02T12:10:00.000+0000"
    seen = org.rows("SELECT Id FROM Contact WHERE SystemModstamp >= 2026-03-02T12:07:00Z")
    assert [row["Id"] for row in seen] == [prompt]
    slow = org.person("create", object="Contact", fields={"LastName": "c"}, began_s_ago=300)
    assert org.row("Contact", slow)["SystemModstamp"] == "2026-03-02T12:05:00.000+0000"


def test_a_seed_that_fails_stores_nothing(org: OrgClient):
    field = {"full_name": "Contact.A__c", "metadata": {"type": "Date", "label": "A"}}
    body = {
        "custom_fields": [field],
        "records": {"Contact": [{"LastName": "a"}]},
        "actions": [{"action": "create", "object": "Contact", "fields": {}}],
    }
    answer = org.post("/_sandbox/seed", json=body)
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "REQUIRED_FIELD_MISSING: Required fields are missing: [LastName]",
    )
    assert org.rows("SELECT Id FROM Contact") == []
    assert org.refused("SELECT A__c FROM Contact")["errorCode"] == "INVALID_FIELD"


def test_seeded_records_are_told_to_nobody_unless_asked(org: OrgClient):
    org.seed(records={"Contact": [{"LastName": "quiet"}]})
    assert org.get("/_sandbox/events").json()["events"] == []
    org.seed(records={"Contact": [{"LastName": "loud"}]}, fire=True)
    assert len(org.get("/_sandbox/events").json()["events"]) == 1


def test_seeds_nobody_understands_are_refused(org: OrgClient):
    for body in (
        {"contacts": []},
        {"actions": [{"action": "dance"}]},
        {"records": {"Nope": []}},
        {"actions": [{"action": "delete", "id": "nonsense"}]},
        {"as": "nobody", "records": {"Contact": [{"LastName": "x"}]}},
    ):
        assert org.post("/_sandbox/seed", json=body).status_code == 400


def test_state_shows_every_row_and_reset_forgets_them(org: OrgClient):
    org.seed(records={"Contact": [{"LastName": "x"}]})
    assert len(org.get("/_sandbox/state", params={"entity": "Contact"}).json()["Contact"]) == 1
    before = org.get("/_sandbox/state", params={"entity": "User"}).json()
    org.post("/_sandbox/reset")
    assert org.get("/_sandbox/state", params={"entity": "Contact"}).json()["Contact"] == []
    assert org.get("/_sandbox/state", params={"entity": "User"}).json() == before
    assert org.get(f"{DATA}/limits").status_code == 401
