"""The routes of webhooks that we set up: how they stand, made anew, with another secret, removed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.rehearsal import Context, Rehearsal
from tests.functional.subscribed import HOOK_PATHS, Subscribed, each_crm, events
from tests.functional.watching import assert_problem, everything, nothing_changes


@pytest.fixture(params=["kommo"])
def world(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Subscribed:
    """A CRM that has just been connected; nothing has been told to its vendor yet."""
    return Subscribed(Rehearsal(monkeypatch, (request.param,)), request.param)


def doors(rehearsal: Rehearsal, crm: str, url: str) -> int:
    """Send an empty call to an address; returns the status."""
    path = url.removeprefix("https://bridge.test")
    rehearsal.crm_of_door = crm
    event = rehearsal.event("POST", path, "{}", pathParameters={"secret": path.rpartition("/")[2]})
    return rehearsal.handlers["receive_webhook"](event, Context())["statusCode"]


def test_they_are_pending_until_the_vendor_has_them(world: Subscribed):
    status, shown = world.webhooks()
    assert (status, shown["state"], shown["items"], shown["checkedAt"]) == (200, "pending", [], None)
    world.rehearsal.settle()
    _, shown = world.webhooks()
    assert shown["state"] == "active"
    assert shown["checkedAt"]
    assert [each["active"] for each in shown["items"]] == [True]
    assert shown["entities"] == ["company", "contact", "deal", "activity"]


def test_the_secret_is_shown_to_nobody(world: Subscribed):
    world.rehearsal.settle()
    secret = world.url.rpartition("/")[2]
    _, shown = world.webhooks()
    assert shown["url"] == world.url.rpartition("/")[0]
    assert secret not in str(shown)
    assert secret not in str(world.webhooks("POST", {})[1])


def test_a_refusal_is_told_in_the_vendors_words_and_without_the_secret(world: Subscribed):
    secret = world.url.rpartition("/")[2]
    body = {"title": "Bad Request", "detail": f"the destination {world.url} is no good", "status": 400}
    fault = {"match": {"path": HOOK_PATHS["kommo"], "method": "POST"}, "kind": "status", "status": 400, "count": 9}
    world.rehearsal.control("kommo", "faults", [{**fault, "body": body}])
    world.rehearsal.settle()
    _, shown = world.webhooks()
    assert (shown["state"], shown["failures"]) == ("failing", 1)
    assert shown["words"]
    assert secret not in str(shown)
    world.rehearsal.http["kommo"].delete("/_sandbox/faults")
    assert world.webhooks("POST", {})[0] == 202
    world.rehearsal.settle()
    _, shown = world.webhooks()
    assert (shown["state"], shown["failures"], shown["words"]) == ("active", 0, "")


def test_setting_up_twice_changes_nothing_at_the_vendor(world: Subscribed):
    world.rehearsal.settle()
    first = world.standing()
    for _ in range(2):
        status, shown = world.webhooks("POST", {})
        assert (status, shown["state"]) == (202, "active")
        world.rehearsal.settle()
    assert world.standing() == first


def test_what_people_removed_by_hand_is_made_again_at_once_when_asked(world: Subscribed):
    world.rehearsal.settle()
    first = events(world.standing())
    world.client.unsubscribe(world.url)
    assert world.standing() == []
    world.webhooks("POST", {})
    world.rehearsal.settle()
    assert events(world.standing()) == first
    _, shown = world.webhooks()
    assert (shown["restored"], bool(shown["lostAt"])) == (1, True)


@each_crm
def test_a_new_secret_takes_over_without_a_gap(monkeypatch: pytest.MonkeyPatch, crm: str):
    world = Subscribed(Rehearsal(monkeypatch, (crm,)), crm)
    world.rehearsal.settle()
    before = events(world.standing())
    assert world.webhooks("POST", {"rotate": True})[0] == 202
    assert doors(world.rehearsal, world.crm, world.url) != 404, "the old one is served until the vendor has the new one"
    world.rehearsal.settle()
    assert doors(world.rehearsal, world.crm, world.url) == 404
    assert [each for each in world.client.subscriptions(world.url) if each.url == world.url] == []
    (url,) = {each.url for each in world.client.subscriptions() if "bridge.test" in each.url}
    assert url != world.url
    assert events(world.standing(url)) == before


def test_removed_ones_stay_away_until_they_are_wanted_again(world: Subscribed):
    world.rehearsal.settle()
    for _ in range(2):
        status, shown = world.webhooks("DELETE")
        assert (status, shown["state"]) == (202, "removing")
    world.rehearsal.settle()
    _, shown = world.webhooks()
    assert (shown["state"], shown["items"], shown["url"], shown["nextCheckAt"]) == ("off", [], "", None)
    assert world.standing() == []
    assert doors(world.rehearsal, world.crm, world.url) == 404
    world.later(5 * 3600)
    assert world.standing() == []
    assert world.webhooks("DELETE")[1]["state"] == "off"
    world.webhooks("POST", {})
    world.rehearsal.settle()
    assert world.webhooks()[1]["state"] == "active"


def test_reconnecting_keeps_the_address_and_what_stands_there(world: Subscribed):
    world.rehearsal.settle()
    first = world.standing()
    _, begun = world.rehearsal.call("POST", "/auth/kommo/login", {"integrationId": world.integration_id})
    page = world.rehearsal.finish("kommo", world.rehearsal.consent("kommo", begun["url"]))
    code = page["body"].partition('<code id="code">')[2].partition("<")[0]
    body = {"integrationId": world.integration_id, "code": code}
    _, shown = world.rehearsal.call("POST", "/auth/kommo/complete", body)
    assert shown["webhookUrl"] == world.url
    world.rehearsal.settle()
    assert world.standing() == first


@pytest.mark.parametrize("crm", ["hubspot", "salesforce"])
def test_webhooks_that_are_set_up_by_hand_are_called_so(monkeypatch: pytest.MonkeyPatch, crm: str):
    rehearsal = Rehearsal(monkeypatch, (crm,))
    path = f"/api/crm/integrations/{rehearsal.connect(crm)}/webhooks"
    assert rehearsal.call("GET", path) == (200, {"state": "by_hand", "items": []})
    for method, body in (("POST", {}), ("DELETE", None)):
        with nothing_changes(rehearsal):
            assert_problem(rehearsal.call(method, path, body), 400, field="integrationId", says="not set up through")


def test_people_get_a_new_secret_address_and_a_day_to_set_it_up(monkeypatch: pytest.MonkeyPatch):
    rehearsal = Rehearsal(monkeypatch, ("salesforce",))
    integration_id = rehearsal.connect("salesforce")
    path = f"/api/crm/integrations/{integration_id}/webhooks"
    urls = [rehearsal.webhook_urls["salesforce"]]
    for _ in range(2):
        status, shown = rehearsal.call("POST", path, {"rotate": True})
        assert (status, shown["state"]) == (202, "by_hand")
        urls.append(shown["webhookUrl"])
    assert len(set(urls)) == 3
    assert [doors(rehearsal, "salesforce", url) for url in urls] == [404, 400, 400], "the last two are served"
    rehearsal.advance(24 * 3600 + 1)
    assert [doors(rehearsal, "salesforce", url) for url in urls] == [404, 404, 400]
    rehearsal.call("POST", path, {"rotate": True})
    assert rehearsal.call("DELETE", f"/api/crm/integrations/{integration_id}")[0] == 204
    assert [key for key in everything(rehearsal)["documents"] if "HOOK" in key] == []


def test_a_crm_that_is_not_connected_gets_none(monkeypatch: pytest.MonkeyPatch):
    rehearsal = Rehearsal(monkeypatch, ("kommo",))
    _, made = rehearsal.call("POST", "/api/crm/integrations", {"provider": "kommo"})
    path = f"/api/crm/integrations/{made['id']}/webhooks"
    assert rehearsal.call("GET", path) == (200, {"state": "none", "items": []})
    with nothing_changes(rehearsal):
        assert_problem(rehearsal.call("POST", path, {}), 400, field="integrationId", says="is pending")
        assert rehearsal.call("DELETE", path) == (202, {"state": "none", "items": []})


@pytest.mark.parametrize("body", [{"rotate": "yes"}, {"rotate": 1}, {"rotate": None}])
def test_rotate_is_true_or_false(world: Subscribed, body: dict[str, Any]):
    with nothing_changes(world.rehearsal):
        assert_problem(world.webhooks("POST", body), 400, field="rotate")
