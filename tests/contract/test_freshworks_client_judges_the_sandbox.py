"""A third-party client library works against the simulated Freshsales, its address aside.

``python-freshworks-crm`` is pointed at the sandbox by its API prefix; nothing else of it is changed. It sends bodies
of creates as they are given, so the outer key that the vendor's examples show is given here. Its walk over more than
one page of a view joins two query strings, so pages are looked at one by one below.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from freshsales.api import API
from freshsales.errors import (
    FreshsalesBadRequest,
    FreshsalesNotFound,
    FreshsalesRateLimited,
    FreshsalesServerError,
    FreshsalesUnauthorized,
)

from tests.contract._process import SandboxProcess, spawned

OWNER = 70_000_000_101
ANA = {"first_name": "Ana", "last_name": "Prado", "email": "ana@example.com"}


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxProcess]:
    with spawned("freshsales") as running:
        yield running


@pytest.fixture
def control(server: SandboxProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/_sandbox") as client:
        client.post("/reset").raise_for_status()
        client.post("/limits", json={"calls": 0}).raise_for_status()
        yield client


def api_of(server: SandboxProcess, key: str) -> Any:
    """Return the library's client, whose code is not typed, with the sandbox's address in place of the vendor's."""
    client: Any = API("acme.myfreshworks.com/crm/sales", key)
    client._api_prefix = f"{server.url}/crm/sales/api"
    return client


@pytest.fixture
def api(server: SandboxProcess, control: httpx.Client) -> Any:
    return api_of(server, server.app.credentials["api_key"])


def new_contact(api: Any, **changes: Any) -> Any:
    return api.contacts.create_contact(contact={**ANA, **changes})


def test_a_contact_of_an_account_is_made_read_changed_and_deleted(api: Any):
    account = api.accounts.create_account(sales_account={"name": "Vale Verde", "city": "Recife"})
    made = new_contact(api, sales_accounts=[{"id": account.id, "is_primary": True}])
    read = api.contacts.view_contact(made.id, "sales_accounts", "owner")
    assert (read.first_name, read.email) == ("Ana", "ana@example.com")
    assert [each.name for each in read.sales_accounts] == ["Vale Verde"]
    assert read.created_at.tzinfo is not None
    assert api.contacts.update_contact(made.id, contact={"job_title": "Buyer"}).job_title == "Buyer"
    api.contacts.delete_contact(made.id)
    with pytest.raises(FreshsalesNotFound):
        api.contacts.view_contact(made.id)


def test_an_upsert_changes_the_contact_of_an_address_and_makes_any_other(api: Any):
    made = new_contact(api)
    changed = api.contacts.upsert_contact(("emails", "ana@example.com"), city="Porto")
    fresh = api.contacts.upsert_contact(("emails", "bo@example.com"), last_name="Lund")
    assert (changed.id, changed.city) == (made.id, "Porto")
    assert fresh.id != made.id


def test_a_view_shows_every_contact_and_its_pages_each_once(api: Any, server: SandboxProcess):
    ids = {new_contact(api, email=f"p{number}@example.com").id for number in range(7)}
    everybody = next(each for each in api.contacts.list_views() if each.name == "All Contacts")
    assert {each.id for each in api.contacts.list_contacts(everybody.id)} == ids
    first = api._get(f"/contacts/view/{everybody.id}", params={"per_page": 4, "page": 1})
    second = api._get(f"/contacts/view/{everybody.id}", params={"per_page": 4, "page": 2})
    assert (first["meta"]["total_pages"], len(first["contacts"]), len(second["contacts"])) == (2, 4, 3)
    assert {each["id"] for each in (*first["contacts"], *second["contacts"])} == ids


def test_contacts_are_found_by_their_address(api: Any, control: httpx.Client):
    made = new_contact(api)
    control.post("/clock", json={"advance_s": 120}).raise_for_status()
    rule = {"attribute": "contact_email.email", "operator": "is_in", "value": "ana@example.com"}
    found, is_more = api.search.filter_contacts([rule])
    assert ([each.id for each in found], is_more) == ([made.id], False)


def test_a_deal_goes_through_its_stages(api: Any):
    account = api.accounts.create_account(sales_account={"name": "Vale Verde"})
    deal = api.deals.create_deal(deal={"name": "Storage", "amount": 48000.75, "sales_account_id": account.id})
    stages = {each.name: each.id for each in api.selectors.get_deal_stages()}
    assert api.deals.update_deal(deal.id, deal={"deal_stage_id": stages["Won"]}).id == deal.id
    shown = api.deals.view_deal(deal.id, "deal_stage")
    assert (shown.name, float(shown.amount), shown.closed_date is not None) == ("Storage", 48000.75, True)
    api.deals.delete_deal(deal.id)
    with pytest.raises(FreshsalesNotFound):
        api.deals.view_deal(deal.id)


def test_a_task_is_done_and_listed_until_then(api: Any):
    person = new_contact(api)
    due = "2030-01-02T10:00:00Z"
    about = {"targetable_type": "Contact", "targetable_id": person.id}
    task = api.tasks.create_task(task={"title": "Call", "due_date": due, "owner_id": OWNER, **about})
    assert task.due_date == datetime(2030, 1, 2, 10, tzinfo=UTC)
    assert [each.id for each in api.tasks.list_tasks("open")["tasks"]] == [task.id]
    assert api.tasks.mark_as_done(task.id).status == 1
    assert api.tasks.list_tasks("open")["tasks"] == []
    api.tasks.delete_task(task.id)
    with pytest.raises(FreshsalesNotFound):
        api.tasks.view_task(task.id)


def test_a_note_and_a_logged_call_hang_on_a_contact(api: Any):
    person = new_contact(api)
    about = {"targetable_type": "Contact", "targetable_id": person.id}
    note = api.notes.create_note(description="Prefers mornings", **about)
    assert api.notes.update_note(note.id, description="Prefers noon").description == "Prefers noon"
    kinds = {each.name: each.id for each in api.selectors.get_sales_activity_types()}
    times = {"start_date": "2030-01-02T10:00:00Z", "end_date": "2030-01-02T11:00:00Z"}
    call = api.sales_activities.create_activity(
        title="Rang", sales_activity_type_id=kinds["Phone"], owner_id=OWNER, **times, **about
    )
    assert api.sales_activities.view_activity(call.id).title == "Rang"


def test_the_lists_of_choices_are_told(api: Any):
    assert OWNER in {each.id for each in api.selectors.get_users()}
    for name in ("currencies", "deal_types", "lead_sources", "industry_types", "contact_statuses", "lifecycle_stages"):
        assert getattr(api.selectors, f"get_{name}")(), name
    assert "emails" in {each.name for each in api.contacts.list_fields()}


def test_every_refusal_is_the_librarys_own_error(api: Any, server: SandboxProcess, control: httpx.Client):
    with pytest.raises(FreshsalesUnauthorized):
        api_of(server, "another").contacts.list_views()
    with pytest.raises(FreshsalesBadRequest):
        api.contacts.create_contact(contact={"job_title": "Nobody"})
    with pytest.raises(FreshsalesBadRequest):
        api.contacts.create_contact(**ANA)
    control.post("/faults", json=[{"kind": "status", "status": 503, "count": 1}]).raise_for_status()
    with pytest.raises(FreshsalesServerError):
        api.contacts.list_views()
    control.post("/limits", json={"calls": 1}).raise_for_status()
    with pytest.raises(FreshsalesRateLimited):
        _ = [api.contacts.list_views() for _ in range(3)]
