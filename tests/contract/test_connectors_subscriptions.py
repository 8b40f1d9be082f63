"""Every connector whose vendor sets webhooks up over its API: made once, renewed, made anew, taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, cast

import httpx
import pytest

from crmbridge.domain.records import Entity
from crmbridge.domain.webhook import WebhookCall
from crmbridge.ports import CrmClient, SubscribingClient, Subscription
from tests.contract._world import Desk, World

URL = "https://hooks.example.com/webhooks/crm/0f5b9c1e7a"
COMPANIES_AND_CONTACTS: tuple[Entity, ...] = ("company", "contact")
OTHER = "https://hooks.example.com/webhooks/crm/another-integration"


@pytest.fixture
def subscriber(world: World, client: CrmClient) -> SubscribingClient:
    if not world.declared.supports.subscribes:
        pytest.skip(f"{world.crm} sets no webhooks up over its API")
    return cast("SubscribingClient", client)


def vendor_now(world: World) -> datetime:
    return datetime.fromisoformat(world.control("GET", "/clock")["now"])


def facts(found: Sequence[Subscription]) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(each.subscription_id, each.url, tuple(sorted(each.events))) for each in found}


def told(world: World, url: str) -> list[Any]:
    """Return the events that arrived at a URL since the last look."""
    world.app.crm.deliveries.flush()
    calls = [
        WebhookCall("POST", post.url, {name.lower(): value for name, value in post.headers.items()}, post.body)
        for post in world.posts
        if post.url.startswith(url)
    ]
    world.posts.clear()
    return [event for call in calls for event in world.door.parse(call)]


def test_an_account_nobody_subscribed_to_has_no_subscription_of_ours(world: World, subscriber: SubscribingClient):
    assert [each for each in subscriber.subscriptions() if each.url == URL] == []
    assert subscriber.unsubscribe(URL) == 0


def test_subscribing_twice_makes_nothing_a_second_time(world: World, subscriber: SubscribingClient):
    now = vendor_now(world)
    first = subscriber.subscribe(URL, now=now)
    assert first
    assert all(each.url == URL and each.is_active and each.events for each in first)
    assert len({each.subscription_id for each in first}) == len(first)
    again = subscriber.subscribe(URL, now=now)
    assert facts(again) == facts(first)
    listed = [each for each in subscriber.subscriptions() if each.url == URL]
    assert facts(listed) == facts(first)


def test_every_change_is_told_where_it_was_subscribed(world: World, subscriber: SubscribingClient, desk: Desk):
    subscriber.subscribe(URL, now=vendor_now(world))
    for entity in world.declared.supports.entities:
        if entity in world.suite.get("not_told", ()):
            continue
        external_id = desk.one(entity)
        told(world, URL)
        world.person("update", entity, external_id, text="Lisboa")
        events = {(each.kind, each.entity, each.external_id) for each in told(world, URL)}
        assert ("changed", entity, external_id) in events


def test_only_changes_of_the_chosen_entities_are_told_and_the_choice_can_change(
    world: World, subscriber: SubscribingClient, desk: Desk
):
    now, chosen, other = vendor_now(world), desk.one("contact"), desk.one("company")
    subscriber.subscribe(URL, now=now)
    first = subscriber.subscribe(URL, now=now, entities=("contact",))
    assert facts(subscriber.subscribe(URL, now=now, entities=("contact",))) == facts(first)
    assert facts([each for each in subscriber.subscriptions(URL) if each.url == URL]) == facts(first)
    told(world, URL)
    heard_of: list[tuple[tuple[Entity, ...], set[str]]] = [
        (("contact",), {chosen}),
        (("contact", "company"), {chosen, other}),
        (("company",), {other}),
    ]
    for entities, heard in heard_of:
        subscriber.subscribe(URL, now=now, entities=entities)
        told(world, URL)
        world.person("update", "contact", chosen, text=f"Faro {'-'.join(entities)}")
        world.person("update", "company", other, text=f"Braga {'-'.join(entities)}")
        assert {each.external_id for each in told(world, URL)} == heard, entities


def test_a_subscription_that_ends_soon_is_renewed_and_another_is_not(world: World, subscriber: SubscribingClient):
    first = subscriber.subscribe(URL, now=vendor_now(world))
    ends = [each.expires_at for each in first if each.expires_at is not None]
    if not ends:
        pytest.skip(f"{world.crm}'s subscriptions do not end")
    assert all(end > vendor_now(world) for end in ends)
    soon = min(ends) - timedelta(minutes=10)
    world.control("POST", "/clock", {"advance_s": (soon - vendor_now(world)).total_seconds()})
    renewed = subscriber.subscribe(URL, now=soon)
    assert len(renewed) == len(first)
    assert all(each.expires_at is not None and each.expires_at > max(ends) for each in renewed)
    assert facts(subscriber.subscribe(URL, now=soon)) == facts(renewed)


def test_a_subscription_that_has_ended_is_made_anew(world: World, subscriber: SubscribingClient, desk: Desk):
    first = subscriber.subscribe(URL, now=vendor_now(world))
    ends = [each.expires_at for each in first if each.expires_at is not None]
    if not ends:
        pytest.skip(f"{world.crm}'s subscriptions do not end")
    late = max(ends) + timedelta(hours=1)
    world.control("POST", "/clock", {"advance_s": (late - vendor_now(world)).total_seconds()})
    world.control("POST", "/tokens", {"action": "expire"})
    fresh = subscriber.subscribe(URL, now=late)
    assert all(each.is_active and each.expires_at is not None and each.expires_at > late for each in fresh)
    external_id = desk.one("contact")
    assert external_id in {each.external_id for each in told(world, URL)}


def test_a_subscription_the_vendor_switched_off_is_noticed_and_made_anew(
    world: World, subscriber: SubscribingClient, desk: Desk
):
    if "switch_off" not in world.suite:
        pytest.skip(f'{world.crm}: suite.json tells no way ("switch_off") in which the vendor ends one by itself')
    first = subscriber.subscribe(URL, now=vendor_now(world))
    for method, path, body in world.suite["switch_off"]:
        world.control(method, path, body)
    active = {each.subscription_id for each in subscriber.subscriptions() if each.url == URL and each.is_active}
    assert active < {each.subscription_id for each in first}, "at least one is off or gone"
    again = subscriber.subscribe(URL, now=vendor_now(world))
    assert all(each.is_active for each in again)
    assert sorted(event for each in again for event in each.events) == sorted(
        event for each in first for event in each.events
    )
    external_id = desk.one("contact")
    assert external_id in {each.external_id for each in told(world, URL)}


def test_what_two_made_at_once_is_made_single(world: World, subscriber: SubscribingClient):
    """Each of them had listed nothing before the other made everything."""
    now, others = vendor_now(world), [lambda: subscriber.subscribe(URL, now=vendor_now(world))]

    def meanwhile(request: httpx.Request) -> None:
        if request.method != "GET" and others:
            others.pop()()

    world.http.event_hooks = {"request": [meanwhile]}
    subscriber.subscribe(URL, now=now)
    world.http.event_hooks = {}
    assert not others
    single = subscriber.subscribe(URL, now=now)
    events = [event for each in single for event in each.events]
    assert len(events) == len(set(events))
    assert facts([each for each in subscriber.subscriptions(URL) if each.url == URL]) == facts(single)
    assert facts(subscriber.subscribe(URL, now=now)) == facts(single)
    assert subscriber.unsubscribe(URL) == len(single)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_worker_that_dies_at_any_call_leaves_neither_double_nor_orphan(
    world: World, subscriber: SubscribingClient, after: bool
):
    now, chosen = vendor_now(world), COMPANIES_AND_CONTACTS
    wanted = sorted(event for each in subscriber.subscribe(URL, now=now, entities=chosen) for event in each.events)
    for last in count(1):
        subscriber.unsubscribe(URL)
        died = _dies(world, lambda: subscriber.subscribe(URL, now=now, entities=chosen), last, after=after)
        whole = subscriber.subscribe(URL, now=now, entities=chosen)
        assert sorted(event for each in whole for event in each.events) == wanted, f"call {last}"
        assert facts([each for each in subscriber.subscriptions(URL) if each.url == URL]) == facts(whole)
        if not died:
            break
    for last in count(1):
        subscriber.subscribe(URL, now=now, entities=chosen)
        died = _dies(world, lambda: subscriber.unsubscribe(URL), last, after=after)
        subscriber.unsubscribe(URL)
        assert [each for each in subscriber.subscriptions(URL) if each.url == URL] == [], f"call {last}"
        if not died:
            break


class DeathError(BaseException):
    """The worker is no more."""


def _dies(world: World, act: Callable[[], object], last: int, *, after: bool) -> bool:
    """Let a worker die before or after its n-th call; tells whether it came that far."""
    calls = count(1)

    def end(_: object) -> None:
        if next(calls) == last:
            raise DeathError

    world.http.event_hooks = {"response" if after else "request": [end]}
    try:
        act()
    except DeathError:
        return True
    finally:
        world.http.event_hooks = {}
    return False


def test_another_integrations_subscriptions_are_left_alone(world: World, subscriber: SubscribingClient, desk: Desk):
    now = vendor_now(world)
    subscriber.subscribe(OTHER, now=now)
    kept = facts([each for each in subscriber.subscriptions() if each.url == OTHER])
    ours = subscriber.subscribe(URL, now=now)
    assert all(each.url == URL for each in ours)
    assert subscriber.unsubscribe(URL) >= 1
    left = [each for each in subscriber.subscriptions() if each.url == OTHER]
    assert kept
    assert {(url, events) for _, url, events in facts(left)} == {(url, events) for _, url, events in kept}


def test_nothing_is_told_after_unsubscribing(world: World, subscriber: SubscribingClient, desk: Desk):
    made = subscriber.subscribe(URL, now=vendor_now(world))
    assert subscriber.unsubscribe(URL) == len(made)
    assert [each for each in subscriber.subscriptions() if each.url == URL and each.is_active] == []
    assert subscriber.unsubscribe(URL) == 0
    told(world, URL)
    desk.one("contact")
    assert told(world, URL) == []


def test_a_subscription_tells_no_secret_in_its_text(world: World, subscriber: SubscribingClient):
    """Basic auth and tokens of a webhook belong to the vendor's side; only the URL's own secret is ours to know."""
    found = subscriber.subscribe(URL, now=vendor_now(world))
    assert world.secret.client_secret not in f"{found!r}" or not world.secret.client_secret
