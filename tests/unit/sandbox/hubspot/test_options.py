"""Settings of an account that surprise an integration."""

from __future__ import annotations

CONTACTS = "/crm/v3/objects/contacts"


def _options(api, **options) -> None:
    api.post("/_sandbox/options", json=options).raise_for_status()


def test_companies_appear_that_nobody_created(api, contact, webhooks) -> None:
    _options(api, auto_companies=True)
    first, second = contact(email="a@north.example"), contact(email="b@north.example")
    contact(email="c@gmail.com")
    (company,) = api.get("/crm/v3/objects/companies").json()["results"]
    assert company["properties"]["domain"] == "north.example"
    for person in (first, second):
        read = api.get(f"{CONTACTS}/{person['id']}", params={"properties": "associatedcompanyid"}).json()
        assert read["properties"]["associatedcompanyid"] == company["id"]
    (made,) = [event for event in webhooks() if event["subscriptionType"] == "company.creation"]
    assert made["changeSource"] != "INTEGRATION"


def test_a_new_contact_may_get_a_life_cycle_stage_it_was_not_given(api, contact) -> None:
    _options(api, default_lifecyclestage="lead")
    assert contact(lastname="Okafor")["properties"]["lifecyclestage"] == "lead"
    assert contact(lastname="Berg", lifecyclestage="customer")["properties"]["lifecyclestage"] == "customer"


def test_without_first_company_is_primary_a_default_association_marks_none(api, seed) -> None:
    _options(api, first_company_is_primary=False)
    made = seed(companies=[{"properties": {"name": "C"}}], contacts=[{"properties": {"lastname": "P"}}])["ids"]
    base = f"/crm/v4/objects/contacts/{made['contacts'][0]}/associations"
    api.put(f"{base}/default/companies/{made['companies'][0]}").raise_for_status()
    (row,) = api.get(f"{base}/companies").json()["results"]
    assert [kind["typeId"] for kind in row["associationTypes"]] == [279]


def test_results_may_keep_the_order_of_the_inputs(api) -> None:
    _options(api, shuffle_results=False)
    emails = [f"p{n}@example.com" for n in range(20)]
    rows = {"inputs": [{"properties": {"email": email}} for email in emails]}
    results = api.post(f"{CONTACTS}/batch/create", json=rows).json()["results"]
    assert [row["properties"]["email"] for row in results] == emails


def test_an_account_of_a_smaller_edition_has_no_leads(api) -> None:
    _options(api, sales_hub="starter")
    for method, path in (
        ("GET", "/crm/v3/objects/leads"),
        ("POST", "/crm/v3/objects/leads/search"),
        ("GET", "/crm/v3/properties/leads"),
        ("POST", "/crm/v3/properties/leads"),
        ("GET", "/crm/v3/pipelines/leads"),
        ("POST", "/crm/associations/2026-03/contacts/leads/batch/read"),
    ):
        refused = api.request(method, path, json={"inputs": []} if method == "POST" else None)
        assert (refused.status_code, refused.json()["category"]) == (403, "MISSING_SCOPES")
    assert api.get(CONTACTS).status_code == 200
    _options(api, sales_hub="professional")
    assert api.get("/crm/v3/objects/leads").status_code == 200


def test_an_edition_that_is_not_known_is_refused(api) -> None:
    refused = api.post("/_sandbox/options", json={"sales_hub": "gold"})
    assert refused.status_code == 400
