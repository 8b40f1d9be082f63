"""Freshsales' own quirks, one by one: what the vendor does with each switch, and what must come out all the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from crmbridge.connectors.freshsales.auth import base_urls
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity
from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, RequestRejectedError, RetriableProviderError
from crmbridge.ports import WriteOp
from tests.contract._freshsales import counted, open_desk, options, rows
from tests.contract._world import Desk, new_world
from tests.contract.test_connectors_custom_fields import KINDS
from tests.contract.test_connectors_listing import ids, pages

MODULES: dict[Entity, str] = {"contact": "contacts", "company": "sales_accounts", "deal": "deals"}
TYPES = {
    "text": "text",
    "url": "text",
    "long_text": "textarea",
    "number": "number",
    "boolean": "checkbox",
    "date": "date",
    "datetime": "datetime",
    "choice": "dropdown",
    "choices": "multi_select_dropdown",
}


@pytest.fixture
def desk() -> Iterator[Desk]:
    yield from open_desk()


# ------------------------------------------------------------------------------------- connecting


@pytest.mark.parametrize(
    ("domain", "first"),
    [
        ("acme", "https://acme.myfreshworks.com/crm/sales"),
        (" https://ACME.myfreshworks.com/crm/sales/contacts ", "https://acme.myfreshworks.com/crm/sales"),
        ("acme.freshworks.com", "https://acme.freshworks.com/crm/sales"),
        ("acme.freshsales.io", "https://acme.freshsales.io"),
    ],
)
def test_a_domain_becomes_the_accounts_own_host(domain: str, first: str):
    assert base_urls(domain)[0] == first


@pytest.mark.parametrize(
    "domain", ["", "evil.example.com", "myfreshworks.com", "a.myfreshworks.com.evil.example", "..", "a b"]
)
def test_a_domain_that_is_not_freshworks_own_is_refused_with_the_next_step(domain: str):
    with pytest.raises(RequestRejectedError) as caught:
        base_urls(domain)
    assert caught.value.field == "domain"
    assert caught.value.next_step


def test_nothing_but_the_host_of_an_address_is_taken_over():
    assert base_urls("https://who@acme.myfreshworks.com:8443/x?y#z")[0] == "https://acme.myfreshworks.com/crm/sales"


def test_a_page_in_place_of_the_api_is_no_account(desk: Desk):
    fault = {"match": {"path": "/api/selector/owners"}, "kind": "html", "status": 404}
    desk.world.control("POST", "/faults", [fault])
    with pytest.raises(FatalProviderError) as caught:
        desk.world.static_grant()
    assert "no Freshsales" in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"), [(429, RetriableProviderError), (503, RetriableProviderError), (403, AuthorizationExpiredError)]
)
def test_trouble_while_connecting_is_told_apart(desk: Desk, status: int, kind: type[Exception]):
    desk.world.control("POST", "/faults", [{"match": {"path": "/api/"}, "kind": "status", "status": status}])
    with pytest.raises(kind):
        desk.world.static_grant()


def test_fields_that_people_still_have_to_make_are_named_all_at_once():
    world = new_world("freshsales")
    wanted = [CustomField("contact", "x_bill", "Energy bill", "number")]
    with pytest.raises(FatalProviderError) as caught:
        world.client().provision("contact", wanted)
    assert "CRM Bridge ID" in str(caught.value)
    assert "Energy bill" in str(caught.value)
    assert caught.value.code == "FIELDS_MISSING"
    world.app.stop()


# ------------------------------------------------------------------------------------- custom fields


@pytest.mark.parametrize("entity", ["contact", "company", "deal"])
@pytest.mark.parametrize("replaces", ["replace", "merge"])
def test_every_kind_of_custom_field_goes_through_and_comes_back(desk: Desk, entity: Entity, replaces: str):
    fields = [
        {"module": MODULES[entity], "label": label, "type": TYPES[kind], "choices": list(choices)}
        for kind, (_, label, choices, _, _) in KINDS.items()
    ]
    desk.world.control("POST", "/seed", {"fields": [*fields, {"module": MODULES[entity], "label": "Nobody's"}]})
    options(desk, custom_field_put=replaces)
    customs = tuple(
        CustomField(entity, name, label, kind, options=choices) for kind, (name, label, choices, _, _) in KINDS.items()
    )
    client = desk.world.client(custom_fields=customs)
    assert client.provision(entity, customs) == ()
    first, second = ({told[0]: told[3 + place] for told in KINDS.values()} for place in (0, 1))
    assert client.project(entity, first) == first
    assert client.project(entity, second) == second
    (made,) = client.write(entity, [WriteOp("create", "con_1", fields={**desk.sample(entity), **first})])
    assert made.error is None
    seed = {
        "op": "update",
        "module": MODULES[entity],
        "id": made.external_id,
        "values": {"custom_field": {"cf_nobody_s": "kept"}},
    }
    desk.world.control("POST", "/seed", {"operations": [seed]})
    for value in (second, {"x_competitor": "Other"}, dict.fromkeys(first), first):
        (result,) = client.write(entity, [WriteOp("update", "x", made.external_id, fields=value)])
        assert result.error is None
        seen = client.read(entity, [made.external_id]).found[made.external_id]
        assert {name: seen.fields[name] for name in value} == value
        assert seen.correlation_id == "con_1"
    (row,) = desk.world.control("GET", f"/state?entity={MODULES[entity]}&id={made.external_id}")[MODULES[entity]]
    assert row["custom_field"]["cf_nobody_s"] == "kept", "what we do not keep in step is not ours to wipe"


# ------------------------------------------------------------------------------------- what is taken and not kept


def test_a_status_that_a_creation_ignores_is_there_all_the_same(desk: Desk):
    for batch in (1, 20):
        made = desk.create("contact", *({**row, "lead_status": "qualified"} for row in rows(desk, batch)))
        assert {each.observation.fields["lead_status"] for each in made if each.observation} == {"qualified"}
        for each in made:
            desk.client.write("contact", [WriteOp("delete", "x", each.external_id)])


def test_custom_fields_that_a_creation_ignores_are_sent_once_more(desk: Desk):
    options(desk, post_ignores_custom_fields=True)
    (made,) = desk.create("contact", desk.sample("contact"))
    assert made.observation is not None
    assert made.observation.correlation_id == made.op_id
    assert desk.client.find("contact", "correlation_id", [made.op_id]).keys() == {made.op_id}


def test_a_hidden_source_is_left_out_and_a_visible_one_is_kept(desk: Desk):
    assert desk.client.project("contact", {"lead_source": "Web"}) == {"lead_source": "Web"}
    options(desk, hides_lead_source=True)
    assert desk.world.client().project("contact", {"lead_source": "Web"}) == {}


def test_a_status_moves_by_an_update(desk: Desk):
    contact = desk.one("contact")
    for status in ("connected", "unqualified"):
        (result,) = desk.client.write("contact", [WriteOp("update", "x", contact, fields={"lead_status": status})])
        assert result.observation is not None
        assert result.observation.fields["lead_status"] == status


# ------------------------------------------------------------------------------------- bulk jobs


def test_a_batch_goes_as_one_job_and_a_handful_of_calls(desk: Desk):
    desk.one("contact")
    batch = rows(desk, 100)
    counted(desk)
    made = desk.create("contact", *batch)
    calls = counted(desk)
    assert calls["POST /api/{module}/bulk_upsert"] == 1
    assert calls["POST /api/{module}"] == 0
    assert sum(calls.values()) <= 7, "the views are asked for once"
    assert all(each.created and each.observation for each in made)
    changes = [WriteOp("update", each.op_id, each.external_id, fields={"city": "Lisboa"}) for each in made]
    results = desk.client.write("contact", changes)
    calls = counted(desk)
    assert calls["PUT /api/{module}/{id}"] == 0
    assert sum(calls.values()) <= 6
    assert {each.observation.fields["city"] for each in results if each.observation} == {"Lisboa"}
    assert not any(each.created for each in results)


def test_a_job_whose_report_names_nothing_loses_no_row(desk: Desk):
    options(desk, job_report="counts")
    taken = desk.one("contact")
    ops = [desk.new("contact", row) for row in rows(desk, 12)]
    ops[4] = WriteOp("create", ops[4].op_id, fields=desk.sample("contact"))
    results = desk.client.write("contact", ops)
    assert [bool(each.error) for each in results] == [place == 4 for place in range(12)]
    assert results[4].conflict
    assert results[4].external_id == taken


@pytest.mark.parametrize("change", [{"upsert_refuses_own_keys": True}, {"job_s": 3600.0}])
def test_jobs_that_do_not_work_out_cost_time_and_nothing_else(desk: Desk, change: dict[str, Any]):
    options(desk, **change)
    made = desk.create("contact", *rows(desk, 10))
    assert len({each.external_id for each in made}) == 10
    desk.world.control("POST", "/clock", {"advance_s": 7200})
    desk.world.settle()
    listed = ids(pages(lambda cursor: desk.client.list_all("contact", cursor=cursor)))
    assert Counter(listed) == Counter(each.external_id for each in made)


def test_a_busy_vendor_is_asked_again_later_and_nothing_was_written(desk: Desk):
    options(desk, busy_bulk=1)
    ops = [desk.new("contact", row) for row in rows(desk, 10)]
    with pytest.raises(RetriableProviderError) as caught:
        desk.client.write("contact", ops)
    assert caught.value.retry_after_s == 5.0
    assert not caught.value.may_have_applied
    assert not caught.value.is_quota
    assert [each.error for each in desk.client.write("contact", ops) if each.error] == []


def test_a_job_that_cannot_be_looked_at_still_tells_every_rows_fate(desk: Desk):
    ops = [desk.new("contact", row) for row in rows(desk, 10)]
    desk.client.project("contact", {})
    desk.world.control("POST", "/faults", [{"match": {"path": "/api/job_statuses"}, "kind": "status", "status": 500}])
    results = desk.client.write("contact", ops)
    assert [each.error for each in results if each.error] == []
    assert len({each.external_id for each in results}) == 10


def test_a_job_repeated_after_a_lost_answer_makes_no_second_record(desk: Desk):
    ops = [desk.new("contact", row) for row in rows(desk, 10)]
    desk.client.project("contact", {})
    fault = {"match": {"method": "POST", "path": ".*/bulk_upsert"}, "kind": "timeout_after_effect"}
    desk.world.control("POST", "/faults", [fault])
    with pytest.raises(RetriableProviderError) as caught:
        desk.client.write("contact", ops)
    assert caught.value.may_have_applied
    desk.world.settle()
    results = desk.client.write("contact", ops)
    assert [each.error for each in results if each.error and not each.conflict] == []
    desk.world.settle()
    assert len(ids(pages(lambda cursor: desk.client.list_all("contact", cursor=cursor)))) == 10


# ------------------------------------------------------------------------------------- limits


def test_rows_behind_a_refusal_for_quota_wait_and_are_not_sent_twice(desk: Desk):
    """T-58: the rows before it are done, the others are tried again."""
    made = desk.create("contact", *rows(desk, 6))
    ops = [WriteOp("delete", each.op_id, each.external_id) for each in made]
    counted(desk)
    fault = {"match": {"method": "DELETE", "path": "/api/"}, "kind": "status", "status": 429, "skip": 3}
    desk.world.control("POST", "/faults", [fault])
    results = desk.client.write("contact", ops)
    assert [each.error is None for each in results] == [True] * 3 + [False] * 3
    waiting = [each.error for each in results if each.error]
    assert all(isinstance(each, RetriableProviderError) and each.is_quota for each in waiting)
    assert counted(desk)["DELETE /api/{module}/{id}"] == 4
    again = desk.client.write("contact", ops[3:])
    assert [each.error for each in again if each.error] == []
    assert counted(desk)["DELETE /api/{module}/{id}"] == 3


def test_the_hours_allowance_ends_with_the_time_until_the_next(desk: Desk):
    desk.one("company")
    company = desk.world.client()
    desk.world.control("POST", "/limits", {"calls": 1})
    company.account()
    with pytest.raises(RetriableProviderError) as caught:
        company.account()
    assert caught.value.is_quota
    assert caught.value.retry_after_s is not None
    assert 0 < caught.value.retry_after_s <= 3600
    desk.world.control("POST", "/clock", {"advance_s": 3600})
    assert company.account().account_id


@pytest.mark.parametrize("shape", ["object", "array", "text"])
def test_a_refusal_keeps_its_words_in_whatever_shape(desk: Desk, shape: str):
    options(desk, error_shape=shape)
    op = WriteOp("create", "con_9", fields=desk.sample("contact"), refs={"company": ("99000000001",)})
    (result,) = desk.client.write("contact", [op])
    assert "Sales account with id 99000000001 does not exist" in str(result.error)
