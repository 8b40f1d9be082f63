"""Every connector: the vendor's trouble becomes the error that says what to do next."""

from __future__ import annotations

import pytest

from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, RetriableProviderError
from crmbridge.ports import CrmClient, WriteOp
from tests.contract._world import Desk, World


def _fault(world: World, **fault: object) -> None:
    match = {"path": world.suite["api"], **({"method": fault.pop("method")} if "method" in fault else {})}
    world.control("POST", "/faults", [{"match": match, **fault}])


def test_a_quota_is_no_failure_and_tells_how_long_to_wait_if_the_vendor_does(
    world: World, client: CrmClient, desk: Desk
):
    external_id = desk.one("company")
    _fault(world, kind="status", status=world.suite.get("quota_status", 429))
    with pytest.raises(RetriableProviderError) as caught:
        client.read("company", [external_id])
    assert caught.value.is_quota
    assert caught.value.provider == world.crm
    assert str(caught.value)
    assert caught.value.retry_after_s is None or caught.value.retry_after_s > 0
    assert client.read("company", [external_id]).found


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_vendor_in_trouble_is_tried_again(world: World, client: CrmClient, desk: Desk, status):
    external_id = desk.one("company")
    _fault(world, kind="status", status=status)
    with pytest.raises(RetriableProviderError) as caught:
        client.read("company", [external_id])
    assert not caught.value.is_quota
    assert caught.value.status == status


@pytest.mark.parametrize("kind", ["html", "drop_connection", "timeout_before", "truncated"])
def test_an_answer_that_is_none_is_tried_again(world: World, client: CrmClient, desk: Desk, kind):
    external_id = desk.one("company")
    _fault(world, kind=kind)
    with pytest.raises(RetriableProviderError):
        client.read("company", [external_id])
    assert client.read("company", [external_id]).found


@pytest.mark.parametrize("kind", ["timeout_after_effect", "truncated"])
def test_a_write_whose_answer_is_lost_says_that_it_may_have_happened(world: World, client: CrmClient, desk: Desk, kind):
    client.project("company", desk.sample("company"))
    op = WriteOp(desk.create_kind, desk.op_id("company"), fields=desk.sample("company"))
    method = "PATCH" if desk.create_kind == "upsert" and world.crm == "salesforce" else "POST"
    _fault(world, kind=kind, method=method)
    with pytest.raises(RetriableProviderError) as caught:
        client.write("company", [op])
    assert caught.value.may_have_applied
    found = client.find("company", "correlation_id", [op.op_id])
    assert [len(hits) for hits in found.values()] == [1]


def test_a_write_that_never_reached_the_vendor_leaves_nothing(world: World, client: CrmClient, desk: Desk):
    op = WriteOp(desk.create_kind, desk.op_id("company"), fields=desk.sample("company"))
    _fault(world, kind="status", status=world.suite.get("quota_status", 429))
    with pytest.raises(RetriableProviderError) as caught:
        client.write("company", [op])
    assert not caught.value.may_have_applied
    assert client.find("company", "correlation_id", [op.op_id]) == {}


def test_access_withdrawn_by_a_person_needs_people(world: World):
    tokens = world.tokens()
    client = world.client(tokens)
    world.control("POST", "/tokens", {"action": "revoke"})
    with pytest.raises(AuthorizationExpiredError):
        client.account()


def test_a_call_the_vendor_refuses_keeps_the_vendors_words(world: World, client: CrmClient):
    refused = world.suite["refused"]
    _fault(world, kind="status", status=refused["status"], body=refused["body"])
    with pytest.raises(FatalProviderError) as caught:
        client.list_all("company", cursor=None)
    assert caught.value.status == refused["status"]
    assert refused["words"] in str(caught.value)
    assert caught.value.code == refused["code"]


def test_no_error_shows_a_token(world: World, client: CrmClient):
    tokens = world.tokens()
    bound = world.client(tokens)
    for fault in ({"kind": "status", "status": 500}, {"kind": "html"}, {"kind": "drop_connection"}):
        _fault(world, **fault)
        with pytest.raises(RetriableProviderError) as caught:
            bound.list_all("company", cursor=None)
        assert tokens.grant.access_token not in f"{caught.value!r}{caught.value}"
