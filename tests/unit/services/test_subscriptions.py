"""Webhooks of one integration: asked for in time, renewed, made again, and never in anybody's way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crmbridge.domain.messages import SyncStep, Ticket, Wake
from crmbridge.domain.tokens import Grant
from crmbridge.errors import (
    AuthorizationExpiredError,
    FatalProviderError,
    LeaseHeldError,
    RequestRejectedError,
    RetriableProviderError,
)
from crmbridge.services._hooks import Hooks, load_hooks, save_hooks
from crmbridge.services._leases import lease
from crmbridge.services._runs import list_runs
from crmbridge.services.connect_crm import activate, log_out
from crmbridge.services.hub import change_integration, load_integration
from crmbridge.services.keep_subscriptions import CHECK_EVERY_S, WORDS_MAX, keep_subscriptions
from crmbridge.services.plan_sync import plan_all
from crmbridge.services.want_subscriptions import (
    ASKED_AGAIN_S,
    address_of,
    set_up,
    show_hooks,
    take_down,
    want_on_connecting,
)
from tests.unit.services.hubs import ENTITIES, WORKSPACE, Clock, OneCrm, connected, make_hub, sent
from tests.unit.services.subscribing import (
    URL,
    Client,
    SubscribingCrm,
    Vendor,
    looked_at,
    minutes_pass,
    open_addresses,
    step,
)
from tests.unit.services.test_disconnecting import Revoking

GRANT = Grant("oauth", "a0", account_id="acct_1", base_url="https://acme.test")
LOST = RetriableProviderError("no answer", provider="acme", status=503)
QUOTA = RetriableProviderError("slow down", provider="acme", status=429, retry_after_s=120, is_quota=True)
REFUSED = FatalProviderError("your plan has no webhooks", provider="acme", status=402)
DEAD = AuthorizationExpiredError("the grant is dead", provider="acme")


class Room:
    """One connected CRM, its vendor's list, and a clock."""

    def __init__(self, *, connect: bool = True) -> None:
        self.clock = Clock()
        self.vendor = Vendor(self.clock)
        self.crm = SubscribingCrm(flow=Revoking(), crm_client=Client(self.vendor))
        self.hub = make_hub(self.clock, self.crm)
        connected(self.hub, status="pending", account_id="")
        if connect:
            activate(self.hub, self.integration, GRANT, hook_url=f"{URL}/s1")

    @property
    def integration(self) -> Any:
        return load_integration(self.hub, WORKSPACE, "int_a")

    @property
    def hooks(self) -> Hooks:
        found = load_hooks(self.hub, self.integration)
        assert found is not None
        return found

    @property
    def shown(self) -> dict[str, Any]:
        return show_hooks(self.hub, self.integration, load_hooks(self.hub, self.integration))

    def pass_minutes(self, minutes: int = 1) -> list[Any]:
        return minutes_pass(self.hub, self.clock, minutes)

    def tries_of(self, trouble: Any, minutes: int) -> list[int]:
        """Return in which minutes the vendor was asked while it gave trouble."""
        self.vendor.trouble, found = trouble, list[int]()
        for minute in range(1, minutes + 1):
            before = len(self.vendor.calls)
            self.pass_minutes()
            if len(self.vendor.calls) > before:
                found.append(minute)
        return found


@pytest.fixture
def room() -> Room:
    return Room()


def whole(secret: str = "s1") -> list[tuple[str, str]]:
    return sorted((f"{URL}/{secret}", entity) for entity in ENTITIES)


# ------------------------------------------------------------------------------------------------ made


def test_connecting_asks_the_vendor_nothing_and_the_next_minute_makes_them(room: Room):
    assert room.vendor.calls == []
    assert (room.hooks.state, open_addresses(room.hub) != []) == ("pending", True)
    (kept,) = room.pass_minutes()
    assert (kept.made, kept.lost, kept.removed) == (2, 0, 0)
    assert room.vendor.told() == whole()
    assert (room.hooks.state, room.hooks.entities, room.hooks.words) == ("active", ENTITIES, "")


def test_the_wake_of_connecting_is_enough(room: Room):
    assert sent(room.hub, Wake) == [Wake(WORKSPACE, "int_a")]
    plan_all(room.hub)
    assert [each for each in sent(room.hub, SyncStep) if each.task == "webhooks"] == [step()]


def test_a_look_that_was_asked_for_is_not_asked_for_again_at_once(room: Room):
    for _ in range(4):
        plan_all(room.hub)
        room.clock.advance(60)
    assert sent(room.hub, SyncStep).count(step()) == 1
    room.clock.advance(ASKED_AGAIN_S)
    plan_all(room.hub)
    assert sent(room.hub, SyncStep).count(step()) == 2, "the first one may have been lost"


def test_a_crm_without_such_webhooks_is_left_alone():
    hub = make_hub(Clock(), OneCrm())
    integration = connected(hub)
    assert want_on_connecting(hub, integration, f"{URL}/s1") == ""
    assert keep_subscriptions(hub, step()) is None
    assert load_hooks(hub, integration) is None
    assert address_of(hub, integration) == ""
    for refused in (lambda: set_up(hub, integration, f"{URL}/s1", rotate=False), lambda: take_down(hub, integration)):
        with pytest.raises(RequestRejectedError, match="not set up through its API"):
            refused()


def test_a_deployment_that_moved_takes_its_webhooks_along(room: Room):
    room.pass_minutes()
    want_on_connecting(room.hub, room.integration, "https://moved.test/webhooks/acme/s2")
    room.pass_minutes()
    assert {url for url, _ in room.vendor.told()} == {"https://moved.test/webhooks/acme/s2"}
    assert address_of(room.hub, room.integration) == "https://moved.test/webhooks/acme/s2"


def test_an_integration_without_entities_has_no_webhooks(room: Room):
    room.pass_minutes()
    off = {entity: replace(rule, enabled=False) for entity, rule in room.integration.rules.items()}
    change_integration(room.hub, room.integration, rules=off)
    room.pass_minutes()
    assert (room.vendor.told(), room.hooks.state) == ([], "active")


def test_changed_rules_are_not_asked_for_again_while_the_vendor_refuses_them(room: Room):
    room.pass_minutes()
    off = {entity: replace(rule, enabled=entity == "company") for entity, rule in room.integration.rules.items()}
    change_integration(room.hub, room.integration, rules=off)
    assert room.tries_of(REFUSED, 50) == [1]


# ------------------------------------------------------------------------------------------------ looked after


def test_the_vendor_is_asked_every_few_hours_and_not_oftener(room: Room):
    room.pass_minutes()
    assert room.tries_of(None, 8 * 60 + 3) == [240, 480]


def test_what_was_switched_off_or_lost_is_made_again_and_told_of(room: Room):
    room.pass_minutes()
    first, second = room.vendor.rows
    room.vendor.rows[first] = replace(room.vendor.rows[first], is_active=False)
    del room.vendor.rows[second]
    room.clock.advance(CHECK_EVERY_S)
    (kept,) = room.pass_minutes()
    assert (kept.made, kept.lost) == (2, 2)
    assert room.vendor.told() == whole()
    assert (room.hooks.restored, room.hooks.lost_at) == (2, room.clock.now())
    assert room.shown["lostAt"] == room.clock.now().isoformat()


@pytest.mark.parametrize("lasts", [timedelta(hours=1), timedelta(hours=12), timedelta(days=7)])
def test_those_that_end_are_renewed_before_they_do(lasts: timedelta):
    room = Room()
    room.vendor.lasts = lasts
    room.pass_minutes()
    for _ in range(9 * 24 * 4 if lasts.days else 30 * 4):
        room.clock.advance(14 * 60)
        room.pass_minutes()
        assert all(each.expires_at is None or each.expires_at > room.clock.now() for each in room.vendor.rows.values())
        assert len(room.vendor.rows) == len(ENTITIES)
    assert room.hooks.restored == 0


def test_two_workers_at_once_are_one(room: Room):
    plan_all(room.hub)
    with lease(room.hub, WORKSPACE, "hooks#int_a"):
        assert looked_at(room.hub) == []
    assert room.vendor.calls == []
    room.pass_minutes(7)
    assert room.vendor.told() == whole()


# ------------------------------------------------------------------------------------------------ trouble


def test_a_failure_is_tried_again_ever_more_slowly_and_nothing_else_waits(room: Room):
    assert room.tries_of(LOST, 130) == [1, 2, 4, 8, 16, 32, 64, 128]
    assert (room.hooks.state, room.hooks.failures, room.hooks.words) == ("failing", 8, "no answer")
    assert (room.integration.status, room.integration.blocked_until) == ("active", None)
    assert [each.mode for each in list_runs(room.hub, WORKSPACE, "int_a")] == ["baseline"], "reading was begun"
    room.vendor.trouble = None
    room.pass_minutes(CHECK_EVERY_S // 60)
    assert (room.hooks.state, room.hooks.failures, room.hooks.words) == ("active", 0, "")


def test_what_the_vendor_refuses_is_tried_again_after_an_hour(room: Room):
    assert room.tries_of(REFUSED, 1000) == [1, 61, 181, 421, 661, 901]
    assert room.shown["words"] == "your plan has no webhooks"


def test_a_quota_closes_the_crm_for_as_long_as_it_says(room: Room):
    assert room.tries_of(QUOTA, 1) == [1]
    assert room.integration.blocked_until == room.clock.now() + timedelta(seconds=120)
    assert room.integration.failures == 0
    room.vendor.trouble = None
    room.pass_minutes(3)
    assert room.hooks.state == "active"


def test_a_dead_grant_asks_for_people_and_reconnecting_tries_at_once(room: Room):
    room.vendor.trouble = DEAD
    room.pass_minutes()
    assert (room.integration.status, room.hooks.state) == ("reauth_required", "failing")
    room.vendor.trouble = None
    room.pass_minutes(30)
    assert room.vendor.told() == []
    activate(room.hub, room.integration, GRANT, hook_url=f"{URL}/s2")
    room.pass_minutes()
    assert room.vendor.told() == whole("s1"), "the address stays"


def test_a_paused_integration_is_left_alone_and_made_good_when_it_goes_on(room: Room):
    room.pass_minutes()
    change_integration(room.hub, room.integration, status="paused")
    room.vendor.rows.clear()
    assert room.tries_of(None, 300) == []
    change_integration(room.hub, room.integration, status="active")
    room.pass_minutes()
    assert room.vendor.told() == whole()


def test_words_are_cut_and_hold_no_secret(room: Room):
    room.vendor.trouble = FatalProviderError(f"{URL}/s1 is no good {'x' * 1000}", provider="acme")
    room.pass_minutes()
    assert len(room.hooks.words) == WORDS_MAX
    assert room.hooks.words.startswith(f"{URL}/… is no good")


# ------------------------------------------------------------------------------------------------ removed


@pytest.mark.parametrize("trouble", [REFUSED, DEAD])
def test_disconnecting_shuts_the_door_where_the_vendor_keeps_them(room: Room, trouble: Any):
    room.pass_minutes()
    room.vendor.trouble = trouble
    assert log_out(room.hub, room.integration).status == "pending"
    assert (load_hooks(room.hub, room.integration), open_addresses(room.hub)) == (None, [])


def test_disconnecting_while_the_vendor_is_silent_forgets_nothing(room: Room):
    room.pass_minutes()
    room.vendor.trouble = LOST
    with pytest.raises(RetriableProviderError):
        log_out(room.hub, room.integration)
    room.vendor.trouble = None
    assert (room.integration.status, room.hooks.state, room.vendor.told()) == ("active", "active", whole())
    log_out(room.hub, room.integration)
    assert (room.vendor.told(), open_addresses(room.hub)) == ([], [])


def test_disconnecting_waits_for_a_worker_and_not_for_ever(room: Room):
    room.pass_minutes()
    with lease(room.hub, WORKSPACE, "hooks#int_a"), pytest.raises(LeaseHeldError):
        log_out(room.hub, room.integration)
    assert 5 <= sum(room.clock.slept) <= 20
    assert room.vendor.told() == whole()


def test_a_step_that_comes_after_disconnecting_does_nothing(room: Room):
    room.pass_minutes()
    log_out(room.hub, room.integration)
    room.vendor.calls.clear()
    assert keep_subscriptions(room.hub, step()) is None
    assert room.vendor.calls == []


def test_a_worker_that_slept_through_a_disconnection_overwrites_nothing(room: Room):
    room.pass_minutes()
    asleep = room.hooks
    log_out(room.hub, room.integration)
    activate(room.hub, room.integration, GRANT, hook_url=f"{URL}/s2")
    with pytest.raises(Exception, match="moved on"):
        save_hooks(room.hub, asleep)
    room.pass_minutes()
    assert room.vendor.told() == whole("s2")


def test_removed_ones_stay_away_when_the_crm_is_connected_again(room: Room):
    room.pass_minutes()
    take_down(room.hub, room.integration)
    room.pass_minutes()
    assert (room.hooks.state, room.vendor.told(), open_addresses(room.hub)) == ("off", [], [])
    activate(room.hub, room.integration, GRANT, hook_url=f"{URL}/s2")
    assert room.tries_of(None, 600) == []
    assert address_of(room.hub, room.integration) == ""
    set_up(room.hub, room.integration, f"{URL}/s3", rotate=False)
    looked_at(room.hub)
    assert room.vendor.told() == whole("s3")


def test_nothing_is_ticketed_for_webhooks(room: Room):
    room.pass_minutes(5)
    assert sent(room.hub, Ticket) == []
