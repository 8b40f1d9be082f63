"""A connection that stands: one account, one owner, tokens that are kept fresh and given back."""

from __future__ import annotations

import pytest

from tests.functional.logins import ALL, CRMS, RIVAL, code_of, complete, grants, login, made
from tests.functional.rehearsal import Rehearsal
from tests.functional.watching import assert_problem, calls, everything, nothing_changes


@pytest.fixture(params=CRMS)
def crm(request) -> str:
    return request.param


@pytest.fixture
def returned(rehearsal: Rehearsal, crm: str) -> tuple[str, str]:
    """An integration, and where its CRM sent the browser after the person said yes."""
    integration_id = made(rehearsal, crm)
    return integration_id, rehearsal.consent(crm, login(rehearsal, crm, integration_id))


# ------------------------------------------------------------------------------------------------ one owner


@pytest.mark.parametrize("claims", [None, RIVAL], ids=["same workspace", "another workspace"])
def test_an_account_that_is_connected_already_is_refused(rehearsal, crm, claims):
    mine = rehearsal.connect(crm)
    other = made(rehearsal, crm, claims=claims)
    location = rehearsal.consent(crm, login(rehearsal, crm, other, claims=claims))
    code = code_of(rehearsal.finish(crm, location))
    with nothing_changes(rehearsal):
        answer = complete(rehearsal, crm, other, code, claims=claims)
        assert_problem(answer, 400, field=None, says="connected to another integration already")
    assert rehearsal.call("GET", f"{ALL}/{other}", claims=claims)[1]["status"] == "pending"
    assert rehearsal.call("GET", f"{ALL}/{mine}")[1]["status"] == "active"
    rehearsal.advance(601)
    assert grants(rehearsal, other) == [], "tokens of a login that never ended are kept"


def test_the_same_code_is_good_once_the_account_was_let_go(rehearsal, crm):
    mine = rehearsal.connect(crm)
    other = made(rehearsal, crm, claims=RIVAL)
    location = rehearsal.consent(crm, login(rehearsal, crm, other, claims=RIVAL))
    code = code_of(rehearsal.finish(crm, location))
    assert complete(rehearsal, crm, other, code, claims=RIVAL)[0] == 400
    rehearsal.call("DELETE", f"{ALL}/{mine}")
    assert complete(rehearsal, crm, other, code, claims=RIVAL)[0] == 200


@pytest.mark.parametrize("how", ["ten minutes", "logout", "delete"])
def test_the_tokens_of_a_login_that_nobody_completed_are_forgotten(rehearsal, crm, returned, how):
    integration_id, location = returned
    rehearsal.finish(crm, location)
    assert grants(rehearsal, integration_id)
    if how == "ten minutes":
        rehearsal.advance(601)
    elif how == "logout":
        rehearsal.call("POST", f"/auth/{crm}/logout", {"integrationId": integration_id})
    else:
        rehearsal.call("DELETE", f"{ALL}/{integration_id}")
    assert grants(rehearsal, integration_id) == []


def test_a_disconnected_account_can_be_connected_by_another_workspace(rehearsal, crm):
    mine = rehearsal.connect(crm)
    status, shown = rehearsal.call("POST", f"/auth/{crm}/logout", {"integrationId": mine})
    assert (status, shown["status"], shown["accountId"]) == (200, "pending", "")
    other = made(rehearsal, crm, claims=RIVAL)
    location = rehearsal.consent(crm, login(rehearsal, crm, other, claims=RIVAL))
    answer = complete(rehearsal, crm, other, code_of(rehearsal.finish(crm, location)), claims=RIVAL)
    assert (answer[0], answer[1]["status"]) == (200, "active")


# ------------------------------------------------------------------------------------------------ tokens


def test_logging_out_revokes_at_the_crm_and_forgets(rehearsal, crm):
    integration_id = rehearsal.connect(crm)
    before = calls(rehearsal, crm, "revoke")
    assert rehearsal.call("POST", f"/auth/{crm}/logout", {"integrationId": integration_id})[0] == 200
    assert calls(rehearsal, crm, "revoke") > before
    assert not [key for key in everything(rehearsal)["documents"] if "#GRANT" in key]
    with nothing_changes(rehearsal):
        status, body = rehearsal.call("POST", f"/auth/{crm}/refresh", {"integrationId": integration_id})
        assert (status, body["title"]) == (409, "CRM must be reconnected")
        assert "not connected" in body["detail"]


def test_logging_out_while_the_crm_is_down_forgets_nothing(rehearsal, crm):
    integration_id = rehearsal.connect(crm)
    fault = {"match": {"method": "POST", "path": ".*revoke"}, "kind": "status", "status": 503, "count": 9}
    rehearsal.control(crm, "faults", [fault])
    with nothing_changes(rehearsal, crms=False):
        status, body = rehearsal.call("POST", f"/auth/{crm}/logout", {"integrationId": integration_id})
        assert (status, body["title"]) == (503, "CRM unavailable")


def test_a_refresh_by_hand_asks_the_crm_once(rehearsal, crm):
    integration_id = rehearsal.connect(crm)
    before = calls(rehearsal, crm, "token")
    status, shown = rehearsal.call("POST", f"/auth/{crm}/refresh", {"integrationId": integration_id})
    assert (status, shown["status"]) == (200, "active")
    assert calls(rehearsal, crm, "token") == before + 1


def test_an_expired_access_token_is_refreshed_once_however_many_calls_follow(rehearsal, crm):
    rehearsal.connect(crm)
    rehearsal.sync()
    before = calls(rehearsal, crm, "token")
    rehearsal.control(crm, "tokens", {"action": "expire"})
    rehearsal.sync()
    rehearsal.sync(30.0)
    assert calls(rehearsal, crm, "token") == before + 1
    assert rehearsal.call("GET", f"/auth/{crm}/status")[1]["items"][0]["status"] == "active"


def test_status_and_integration_show_no_secret(rehearsal, crm):
    integration_id = rehearsal.connect(crm)
    shown = str([rehearsal.call("GET", path) for path in (f"/auth/{crm}/status", f"{ALL}/{integration_id}", ALL)])
    for secret in (rehearsal.credentials[crm]["client_secret"], rehearsal.webhook_urls[crm].rpartition("/")[2]):
        if secret not in CRMS:
            assert secret not in shown
    sealed = rehearsal.hub.cipher._sealed.values()
    assert not [text for _, text in sealed if text in shown]
