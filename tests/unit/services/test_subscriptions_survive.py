"""A worker may die at any call while webhooks are made, changed or removed: no double, no orphan, nothing missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from crmbridge.adapters.memory.queues import MemoryQueues
from crmbridge.domain.integrations import Integration
from crmbridge.domain.keys import digest
from crmbridge.domain.tokens import Grant
from crmbridge.services._hooks import load_hooks, unsealed
from crmbridge.services.connect_crm import activate, log_out
from crmbridge.services.hub import Hub, change_integration, load_integration
from crmbridge.services.manage_integrations import remove_integration
from crmbridge.services.want_subscriptions import set_up, take_down
from tests.unit.services.hubs import ENTITIES, WORKSPACE, AtomicDocuments, Clock, connected, make_hub
from tests.unit.services.subscribing import (
    URL,
    Client,
    DeathError,
    Fate,
    Mortal,
    SubscribingCrm,
    Vendor,
    looked_at,
    minutes_pass,
    open_addresses,
)
from tests.unit.services.test_disconnecting import Revoking

GRANT = Grant("oauth", "a0", account_id="acct_1", base_url="https://acme.test")


class Stage:
    """One deployment whose every call of a port can be a worker's last."""

    def __init__(self) -> None:
        self.clock, self.fate = Clock(), Fate()
        self.vendor = Vendor(self.clock)
        crm = SubscribingCrm(flow=Mortal(Revoking(), self.fate), crm_client=Client(Mortal(self.vendor, self.fate)))
        self.hub: Hub = make_hub(
            self.clock,
            crm,
            documents=Mortal(AtomicDocuments(self.clock.now), self.fate),
            queues=Mortal(MemoryQueues(now=self.clock.now), self.fate),
        )
        self.secrets = count(1)
        connected(self.hub, status="pending", account_id="")

    @property
    def integration(self) -> Integration:
        return load_integration(self.hub, WORKSPACE, "int_a")

    def fresh(self) -> str:
        return f"{URL}/s{next(self.secrets)}"

    def connect(self) -> None:
        activate(self.hub, self.integration, GRANT, hook_url=self.fresh())

    def look(self) -> None:
        looked_at(self.hub)

    def settle(self) -> None:
        self.fate.spare()
        minutes_pass(self.hub, self.clock, 12)
        self.clock.advance(4 * 3600)
        minutes_pass(self.hub, self.clock, 2)

    def assert_in_line(self, entities: tuple[str, ...] = ENTITIES) -> None:
        """Fail unless exactly the wanted webhooks stand, at the one address that is known and open."""
        hooks = load_hooks(self.hub, self.integration)
        assert hooks is not None
        address = unsealed(self.hub, self.integration, hooks.address)
        assert self.vendor.told() == sorted((address, entity) for entity in entities)
        assert open_addresses(self.hub) == [f"HOOK#acme#{digest(address.rpartition('/')[2])}"]
        assert (hooks.state, hooks.retired) == ("active", ())
        assert {each.subscription_id for each in hooks.known} == set(self.vendor.rows)


def connecting(stage: Stage) -> Callable[[], None]:
    def act() -> None:
        stage.connect()
        minutes_pass(stage.hub, stage.clock, 1)

    return act


def rotating(stage: Stage) -> Callable[[], None]:
    stage.connect()
    stage.settle()

    def act() -> None:
        set_up(stage.hub, stage.integration, stage.fresh(), rotate=True)
        stage.look()

    return act


def changing_rules(stage: Stage) -> Callable[[], None]:
    stage.connect()
    stage.settle()

    def act() -> None:
        rules = {entity: replace(rule, enabled=entity != "contact") for entity, rule in stage.integration.rules.items()}
        change_integration(stage.hub, stage.integration, rules=rules)
        minutes_pass(stage.hub, stage.clock, 1)

    return act


def removing(stage: Stage) -> Callable[[], None]:
    stage.connect()
    stage.settle()

    def act() -> None:
        take_down(stage.hub, stage.integration)
        stage.look()

    return act


def disconnecting(stage: Stage) -> Callable[[], None]:
    stage.connect()
    stage.settle()

    def act() -> None:
        log_out(stage.hub, stage.integration)
        remove_integration(stage.hub, stage.integration)

    return act


def disconnecting_amid_a_new_secret(stage: Stage) -> Callable[[], None]:
    act = disconnecting(stage)
    set_up(stage.hub, stage.integration, stage.fresh(), rotate=True)
    return act


def calls_of(begin: Callable[[Stage], Callable[[], None]]) -> int:
    """Return how many calls of ports an act makes."""
    stage = Stage()
    act = begin(stage)
    stage.fate.count = 0
    act()
    return stage.fate.count


def every_death(begin: Callable[[Stage], Callable[[], None]]) -> Any:
    """Parametrize over every call that an act makes, before and after it."""
    points = [(last, after) for last in range(1, calls_of(begin) + 1) for after in (False, True)]
    assert len(points) > 20, "there is little to die at"
    return pytest.mark.parametrize(
        ("last", "after"), points, ids=[f"{'after' if after else 'before'} {last}" for last, after in points]
    )


def dies(stage: Stage, act: Callable[[], None], last: int, *, after: bool) -> None:
    stage.fate.doom(last, after=after)
    with pytest.raises(DeathError):
        act()
    stage.fate.spare()


@every_death(connecting)
def test_connecting_again_makes_every_webhook_once(last: int, after: bool):
    stage = Stage()
    dies(stage, connecting(stage), last, after=after)
    stage.settle()
    if stage.integration.status != "active":
        assert stage.vendor.told() == [], "nobody is connected, and nothing is told"
        stage.connect()
    stage.settle()
    stage.assert_in_line()


@every_death(rotating)
def test_a_new_secret_replaces_the_old_one_in_the_end(last: int, after: bool):
    stage = Stage()
    act = rotating(stage)
    dies(stage, act, last, after=after)
    stage.settle()
    stage.assert_in_line()


@every_death(changing_rules)
def test_changed_rules_are_followed_in_the_end(last: int, after: bool):
    stage = Stage()
    dies(stage, changing_rules(stage), last, after=after)
    stage.settle()
    stage.assert_in_line(tuple(each for each in ENTITIES if stage.integration.rule(each).enabled))


@every_death(removing)
def test_what_people_had_removed_is_gone_in_the_end_or_still_whole(last: int, after: bool):
    stage = Stage()
    dies(stage, removing(stage), last, after=after)
    stage.settle()
    hooks = load_hooks(stage.hub, stage.integration)
    assert hooks is not None
    if hooks.wanted:
        stage.assert_in_line()
        return
    assert (hooks.state, hooks.address, stage.vendor.told(), open_addresses(stage.hub)) == ("off", "", [], [])


def left_by_disconnecting_again(begin: Callable[[Stage], Callable[[], None]], last: int, *, after: bool) -> Any:
    """Die while disconnecting, disconnect again; return what is left at the vendor and of our doors."""
    stage = Stage()
    act = begin(stage)
    integration = stage.integration
    dies(stage, act, last, after=after)
    stage.clock.advance(stage.hub.lease_s)
    if stage.hub.documents.get(f"{WORKSPACE}#INTEGRATION", "int_a") is not None:
        log_out(stage.hub, stage.integration)
        remove_integration(stage.hub, stage.integration)
    assert load_hooks(stage.hub, integration) is None
    return stage.vendor.told(), open_addresses(stage.hub)


@every_death(disconnecting)
def test_disconnecting_again_leaves_nothing(last: int, after: bool):
    assert left_by_disconnecting_again(disconnecting, last, after=after) == ([], [])


@every_death(disconnecting_amid_a_new_secret)
def test_disconnecting_again_leaves_no_earlier_address_either(last: int, after: bool):
    assert left_by_disconnecting_again(disconnecting_amid_a_new_secret, last, after=after) == ([], [])
