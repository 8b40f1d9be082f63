from __future__ import annotations

import pytest

NOBODY = "00000000-0000-4000-8000-0000000000aa"


def test_a_careless_patch_makes_a_row_and_a_careful_one_does_not(web):
    assert web.refused("PATCH", f"contacts({NOBODY})", {"lastname": "x"}, if_match="*") == (404, "0x80040217")
    assert web.call("PATCH", f"contacts({NOBODY})", {"lastname": "x"}).status_code == 204
    assert web.get(f"contacts({NOBODY})?$select=lastname")["lastname"] == "x"
    assert web.refused("PATCH", f"contacts({NOBODY})", {}, if_none_match="*") == (412, "0x80040237")
    assert web.refused("POST", "contacts", {"contactid": NOBODY}) == (412, "0x80040237")


def test_a_representation_tells_new_from_old(web):
    made = web.call("PATCH", f"contacts({NOBODY})", {"lastname": "x"}, "return=representation")
    again = web.call("PATCH", f"contacts({NOBODY})", {"lastname": "y"}, "return=representation")
    assert (made.status_code, again.status_code) == (201, 200)
    assert again.json()["lastname"] == "y"
    assert again.headers["preference-applied"] == "return=representation"


def test_a_version_that_is_no_more_is_refused(web):
    contact = web.make("contacts", lastname="x")
    etag = web.get(f"contacts({contact})")["@odata.etag"]
    assert web.call("GET", f"contacts({contact})", if_none_match=etag).status_code == 304
    assert web.call("PATCH", f"contacts({contact})", {"lastname": "y"}, if_match=etag).status_code == 204
    assert web.refused("PATCH", f"contacts({contact})", {"lastname": "z"}, if_match=etag) == (412, "0x80060882")
    assert web.refused("DELETE", f"contacts({contact})", if_match=etag) == (412, "0x80060882")


@pytest.mark.parametrize(
    ("table", "body", "code"),
    [
        ("contacts", {"nickname": "x"}, "0x80048d19"),
        ("contacts", {"LastName": "x"}, "0x80048d19"),
        ("contacts", {"lastname": 7}, "0x80048d19"),
        ("contacts", {"lastname": "x" * 51}, "0x80044331"),
        ("contacts", {"mobilephone": "1" * 51}, "0x80044331"),
        ("leads", {"mobilephone": "1" * 21}, "0x80044331"),
        ("contacts", {"description": "a\x00b"}, "0x80048d19"),
        ("contacts", {"birthdate": "2026-03-02T00:00:00Z"}, "0x80048d19"),
        ("tasks", {"scheduledend": "2026-03-02 10:00"}, "0x80048d19"),
        ("accounts", {"industrycode": 99}, "0x8004431a"),
        ("accounts", {"industrycode": "Consulting"}, "0x80048d19"),
        ("accounts", {"numberofemployees": -1}, "0x8004432f"),
        ("accounts", {"revenue": 1e16}, "0x80044330"),
        ("opportunities", {"closeprobability": 101}, "0x8004432f"),
        ("contacts", {"_ownerid_value": NOBODY}, "0x80048d19"),
        ("contacts", {"ParentCustomerId_account@odata.bind": f"/accounts({NOBODY})"}, "0x80048d19"),
        ("contacts", {"parentcustomerid_account@odata.bind": f"/contacts({NOBODY})"}, "0x80048d19"),
        ("contacts", {"parentcustomerid_account@odata.bind": "nonsense"}, "0x80048d19"),
        ("leads", {"statuscode": 3}, "0x80048408"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(web, table, body, code):
    assert web.refused("POST", table, body)[1] == code
    assert web.get(table)["value"] == []


def test_a_lookup_of_nobody_is_a_404_like_a_row_of_nobody(web):
    bind = {"parentcustomerid_account@odata.bind": f"/accounts({NOBODY})"}
    assert web.refused("POST", "contacts", bind) == (404, "0x80040217")


def test_lookups_are_set_by_one_name_and_read_by_another(web):
    account, person = web.make("accounts", name="Quay"), web.make("contacts", lastname="x")
    bind = {"parentcustomerid_account@odata.bind": f"/accounts({account})"}
    contact = web.make("contacts", lastname="y", **bind)
    row = web.get(f"contacts({contact})", 'odata.include-annotations="*"')
    assert row["_parentcustomerid_value"] == account
    assert row["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "account"
    assert row["_parentcustomerid_value@OData.Community.Display.V1.FormattedValue"] == "Quay"
    other = {"@odata.id": f"contacts({person})"}
    web.call("PUT", f"contacts({contact})/parentcustomerid_contact/$ref", other)
    assert web.get(f"contacts({contact})")["_parentcustomerid_value"] == person
    assert web.call("DELETE", f"contacts({contact})/parentcustomerid_contact/$ref").status_code == 204
    assert web.get(f"contacts({contact})")["_parentcustomerid_value"] is None


def test_system_columns_are_passed_over_and_empty_text_is_nothing(web):
    contact = web.make("contacts", lastname="x", jobtitle="", modifiedon="2001-01-01T00:00:00Z", fullname="Other")
    row = web.get(f"contacts({contact})")
    assert (row["jobtitle"], row["fullname"]) == (None, "x")
    assert not row["modifiedon"].startswith("2001")


def test_a_single_column_is_put_read_and_emptied(web):
    contact = web.make("contacts", lastname="x")
    assert web.call("PUT", f"contacts({contact})/jobtitle", {"value": "Buyer"}).status_code == 204
    assert web.get(f"contacts({contact})/jobtitle") == {"value": "Buyer"}
    assert web.call("DELETE", f"contacts({contact})/jobtitle").status_code == 204
    assert web.get(f"contacts({contact})/jobtitle") == {"value": None}
    assert web.refused("GET", f"contacts({contact})/nickname")[1] == "0x80060888"


def test_an_opportunity_closes_by_an_action_only_and_once(web):
    deal = web.make("opportunities", name="x", estimatedvalue=10.5, isrevenuesystemcalculated=False)
    assert web.refused("PATCH", f"opportunities({deal})", {"statecode": 1})[1] == "0x80040233"
    close = {"OpportunityClose": {"opportunityid@odata.bind": f"/opportunities({deal})"}, "Status": 3}
    assert web.refused("POST", "LoseOpportunity", close)[1] == "0x80048408"
    assert web.call("POST", "WinOpportunity", close).status_code == 204
    assert web.refused("POST", "WinOpportunity", close)[1] == "0x80040515"
    row = web.get(f"opportunities({deal})")
    assert (row["statecode"], row["actualvalue"], row["closeprobability"]) == (1, 10.5, 100)
    assert web.call("PATCH", f"opportunities({deal})", {"statecode": 0, "statuscode": 1}).status_code == 204


def test_a_computed_amount_overwrites_what_is_written(web):
    deal = web.make("opportunities", name="x", estimatedvalue=10.5)
    assert web.get(f"opportunities({deal})")["estimatedvalue"] == 0


def test_qualifying_makes_what_is_asked_for_and_only_once(web):
    lead = web.make("leads", lastname="Lund", companyname="Quay")
    body = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
    action = f"leads({lead})/Microsoft.Dynamics.CRM.QualifyLead"
    made = web.call("POST", action, body).json()["value"]
    assert [each["@odata.type"].rpartition(".")[2] for each in made] == ["account", "contact", "opportunity"]
    assert web.refused("POST", action, body)[1] == "0x80040519"
    assert web.get(f"leads({lead})")["_qualifyingopportunityid_value"] == made[2]["opportunityid"]


def test_a_merged_row_is_switched_off_and_its_children_move(web):
    kept, lost = web.make("accounts", name="a"), web.make("accounts", name="b")
    child = web.make("contacts", lastname="x", **{"parentcustomerid_account@odata.bind": f"/accounts({lost})"})
    kind = {"@odata.type": "Microsoft.Dynamics.CRM.account"}
    body = {"Target": {**kind, "accountid": kept}, "Subordinate": {**kind, "accountid": lost}}
    assert web.call("POST", "Merge", {**body, "PerformParentingChecks": False}).status_code == 204
    row = web.get(f"accounts({lost})")
    assert (row["merged"], row["_masterid_value"], row["statecode"]) == (True, kept, 1)
    assert web.get(f"contacts({child})")["_parentcustomerid_value"] == kept
    assert web.refused("POST", "Merge", body)[1] == "0x80040233"


def test_what_a_row_is_about_goes_with_it_and_other_lookups_are_emptied(web):
    account = web.make("accounts", name="a")
    child = web.make("contacts", lastname="x", **{"parentcustomerid_account@odata.bind": f"/accounts({account})"})
    web.make("tasks", subject="x", **{"regardingobjectid_account_task@odata.bind": f"/accounts({account})"})
    assert web.call("DELETE", f"accounts({account})").status_code == 204
    assert web.refused("DELETE", f"accounts({account})") == (404, "0x80040217")
    assert web.get("tasks")["value"] == []
    assert web.get(f"contacts({child})")["_parentcustomerid_value"] is None


def test_a_connection_has_a_twin_in_the_other_direction(web):
    deal, contact = web.make("opportunities", name="x"), web.make("contacts", lastname="x")
    bind = {"record1id_opportunity": f"/opportunities({deal})", "record2id_contact": f"/contacts({contact})"}
    made = web.make("connections", **{f"{name}@odata.bind": value for name, value in bind.items()})
    assert {row["_record1id_value"] for row in web.get("connections")["value"]} == {deal, contact}
    assert web.call("DELETE", f"connections({made})").status_code == 204
    assert web.get("connections")["value"] == []


def test_bulk_actions_are_all_or_none(web):
    kind = {"@odata.type": "Microsoft.Dynamics.CRM.contact"}
    action = "contacts/Microsoft.Dynamics.CRM.CreateMultiple"
    bad = {"Targets": [{**kind, "lastname": "a"}, {**kind, "lastname": "x" * 51}]}
    assert web.refused("POST", action, bad)[1] == "0x80044331"
    assert web.get("contacts")["value"] == []
    assert len(web.call("POST", action, {"Targets": [{**kind, "lastname": n} for n in "ab"]}).json()["Ids"]) == 2
    assert web.refused("POST", action, {"Targets": [{"lastname": "a"}]})[1] == "0x80048d19"
    assert web.refused("POST", action, {"Targets": [kind] * 1001})[1] == "0x80044a00"


def test_duplicates_are_looked_for_only_if_asked(web):
    web.control("settings", {"duplicate_rules": {"contact": ["emailaddress1"]}})
    web.make("contacts", emailaddress1="a@example.com")
    web.make("contacts", emailaddress1="a@example.com")
    header = {"MSCRM.SuppressDuplicateDetection": "false"}
    answer = web.call("POST", "contacts", {"emailaddress1": "a@example.com"}, **header)
    assert answer.json()["error"]["code"] == "0x80040333"
