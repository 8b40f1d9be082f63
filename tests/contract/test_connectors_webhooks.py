"""Every connector: webhooks as the sandbox really sends them are proven, read and answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from crmbridge.domain.webhook import WebhookCall, WebhookEvent
from crmbridge.errors import SignatureError, WebhookRejectedError
from crmbridge.ports import CrmClient, SubscribingClient
from tests.contract._world import Desk, World

TARGET = "https://hooks.example.com/webhooks/crm?from=crm%3Ademo&x=%28a%29"


@pytest.fixture
def listening(world: World, client: CrmClient) -> World:
    """A CRM that sends its webhooks to us."""
    if not world.declared.supports.webhooks:
        pytest.skip(f"{world.crm} sends no webhooks")
    if world.declared.supports.subscribes:
        cast("SubscribingClient", client).subscribe(TARGET, now=datetime.now(UTC))
    else:
        world.control("POST", "/webhooks", {"urls": [TARGET]})
    return world


def _calls(world: World) -> list[WebhookCall]:
    world.app.crm.deliveries.flush()
    calls = [
        WebhookCall("POST", post.url, {name.lower(): value for name, value in post.headers.items()}, post.body)
        for post in world.posts
    ]
    world.posts.clear()
    return calls


def _secrets(world: World) -> list[str]:
    return ["another secret", world.secret.client_secret]


def _events(world: World) -> list[WebhookEvent]:
    return [event for call in _calls(world) for event in world.door.parse(call)]


def test_a_change_in_the_crm_names_the_record_to_read(listening: World, desk: Desk):
    account_id = str(listening.app.credentials[listening.suite["account_id"]])
    for entity in listening.declared.supports.entities:
        external_id = desk.one(entity)
        _calls(listening)
        listening.person("update", entity, external_id, text="Lisboa")
        events = _events(listening)
        assert (entity, external_id, "changed") in {(each.entity, each.external_id, each.kind) for each in events}
        assert {each.account_id for each in events} == {account_id}
        assert "unknown" not in {each.kind for each in events}
        assert all(each.raw and each.name for each in events)


def test_deletions_and_merges_are_told_where_the_crm_pushes_them(listening: World, desk: Desk):
    if not listening.declared.supports.webhook_signature:
        pytest.skip(f"{listening.crm} pushes no deletions: they are listed")
    for entity in listening.suite["person"]["merge"]:
        rows = desk.create(entity, *(desk.sample(entity, n) for n in (1, 2, 3)))
        kept, merged, lost = (each.external_id for each in rows)
        _calls(listening)
        listening.person("delete", entity, lost)
        listening.person("merge", entity, kept, other=merged)
        events = {(each.kind, each.external_id): each for each in _events(listening)}
        assert ("gone", lost) in events
        survivor = events["merged", merged].merged_into
        assert desk.client.read(entity, [survivor]).found.keys() == {survivor}


def test_a_genuine_call_is_accepted_and_any_other_is_not(listening: World, desk: Desk):
    if not listening.declared.supports.webhook_signature:
        pytest.skip(f"{listening.crm} signs nothing: the path carries a secret")
    desk.one("contact")
    (call, *_) = _calls(listening)
    now = datetime.now(UTC)
    door, secrets = listening.door, _secrets(listening)
    door.verify(call, secrets=secrets, now=now)
    flipped = bytes([call.body[0] ^ 1]) + call.body[1:]
    bad: list[tuple[WebhookCall, list[str], datetime]] = [
        (replace(call, body=flipped), secrets, now),
        (replace(call, url=call.url + "&y=1"), secrets, now),
        (replace(call, headers={}), secrets, now),
        (call, ["another secret"], now),
        (call, [""], now),
        (call, [], now),
        (call, secrets, now + timedelta(minutes=6)),
        (call, secrets, now - timedelta(minutes=6)),
    ]
    for each, with_secrets, at in bad:
        with pytest.raises(SignatureError):
            door.verify(each, secrets=with_secrets, now=at)


def test_a_malformed_body_is_rejected_with_a_reason(world: World):
    if not world.declared.supports.webhooks:
        pytest.skip(f"{world.crm} sends no webhooks")
    told = world.suite["malformed_webhook"]
    headers = {"content-type": told["content_type"]}
    for body in (
        told["body"].encode(),
        b"",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"<" * 100_000,
        told["body"][:-3].encode(),
    ):
        with pytest.raises(WebhookRejectedError) as caught:
            world.door.parse(WebhookCall("POST", TARGET, headers, body))
        assert str(caught.value)


def test_the_crm_hears_what_it_wants_to_hear(listening: World, desk: Desk):
    """The sandbox judges: an answer it does not accept would be delivered again."""
    answer = listening.door.answer()
    assert 200 <= answer.status < 300
    desk.one("contact")
    _calls(listening)
    listening.control("POST", "/clock", {"advance_s": 7200})
    assert _calls(listening) == []
