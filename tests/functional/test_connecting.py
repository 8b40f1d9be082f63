"""Connecting a CRM: what OAuth may go wrong with, and what stays as it was when it does."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from crmbridge.domain.keys import digest
from tests.functional.logins import ALL, CRMS, RIVAL, callback, code_of, complete, login, made
from tests.functional.rehearsal import Rehearsal
from tests.functional.watching import assert_problem, everything, nothing_changes


def assert_refused(page: dict[str, Any], status: int, words: str) -> None:
    """Check the page a person sees: says what happened and what to do, and holds nothing that could be used."""
    assert page["statusCode"] == status, page
    assert "Not connected" in page["body"]
    assert words in page["body"]
    assert "Begin the login again" in page["body"]
    assert 'id="code"' not in page["body"]
    assert page["headers"]["cache-control"] == "no-store"
    assert "default-src 'none'" in page["headers"]["content-security-policy"]


@pytest.fixture(params=CRMS)
def crm(request) -> str:
    return request.param


@pytest.fixture
def returned(rehearsal: Rehearsal, crm: str) -> tuple[str, str]:
    """An integration, and where its CRM sent the browser after the person said yes."""
    integration_id = made(rehearsal, crm)
    return integration_id, rehearsal.consent(crm, login(rehearsal, crm, integration_id))


# ------------------------------------------------------------------------------------------------ the state


def test_a_state_that_nobody_issued_is_refused(rehearsal, crm, returned):
    with nothing_changes(rehearsal):
        assert_refused(callback(rehearsal, crm, "code=x&state=invented"), 400, "unknown, used or older")


def test_a_callback_without_a_state_is_refused(rehearsal, crm, returned):
    with nothing_changes(rehearsal):
        assert_refused(callback(rehearsal, crm, "code=x"), 400, "unknown, used or older")
        assert_refused(callback(rehearsal, crm, "code=x&state="), 400, "unknown, used or older")


def test_a_replayed_callback_is_refused_and_changes_nothing(rehearsal, crm, returned):
    integration_id, location = returned
    first = rehearsal.finish(crm, location)
    with nothing_changes(rehearsal):
        assert_refused(rehearsal.finish(crm, location), 400, "unknown, used or older")
    assert complete(rehearsal, crm, integration_id, code_of(first))[0] == 200


def test_a_replayed_callback_after_completion_is_refused(rehearsal, crm):
    integration_id = made(rehearsal, crm)
    location = rehearsal.consent(crm, login(rehearsal, crm, integration_id))
    complete(rehearsal, crm, integration_id, code_of(rehearsal.finish(crm, location)))
    with nothing_changes(rehearsal):
        assert_refused(rehearsal.finish(crm, location), 400, "unknown, used or older")


def test_a_state_is_good_for_ten_minutes_and_no_longer(rehearsal, crm, returned):
    rehearsal.advance(601)
    with nothing_changes(rehearsal):
        assert_refused(rehearsal.finish(crm, returned[1]), 400, "older than ten minutes")


def test_a_state_is_good_at_once_and_after_minutes(rehearsal, crm):
    location = rehearsal.consent(crm, login(rehearsal, crm, made(rehearsal, crm)))
    rehearsal.advance(200)
    assert rehearsal.finish(crm, location)["statusCode"] == 200


def test_a_state_of_another_crm_is_refused_and_stays_good_for_its_own(rehearsal, crm, returned):
    other = next(each for each in CRMS if each != crm)
    with nothing_changes(rehearsal):
        assert_refused(rehearsal.finish(other, returned[1]), 400, "unknown, used or older")
    assert rehearsal.finish(crm, returned[1])["statusCode"] == 200


def test_only_digests_of_state_and_completion_code_are_stored(rehearsal, crm, returned):
    state = parse_qs(urlsplit(returned[1]).query)["state"][0]
    stored = str(everything(rehearsal)["documents"])
    assert state not in stored
    assert digest(state) in stored
    code = code_of(rehearsal.finish(crm, returned[1]))
    stored = str(everything(rehearsal)["documents"])
    assert code not in stored
    assert digest(code) in stored


# ------------------------------------------------------------------------------------------------ what came back


def test_a_person_who_says_no_is_told_so(rehearsal, crm, returned):
    state = parse_qs(urlsplit(returned[1]).query)["state"][0]
    query = f"error=access_denied&error_description=end-user+denied+authorization&state={state}"
    with nothing_changes(rehearsal):
        assert_refused(callback(rehearsal, crm, query), 400, "end-user denied authorization")


@pytest.mark.parametrize("query", ["", "state=x", "error=server_error", "error="])
def test_a_callback_without_a_code_is_refused(rehearsal, crm, query):
    with nothing_changes(rehearsal):
        assert_refused(callback(rehearsal, crm, query), 400, "did not grant access")


def test_words_from_the_address_are_escaped_and_cut(rehearsal, crm):
    words = "%3Cscript%3Ealert(1)%3C/script%3E" + "x" * 5000
    with nothing_changes(rehearsal):
        page = callback(rehearsal, crm, f"error=x&error_description={words}")
    assert_refused(page, 400, "&lt;script&gt;")
    assert "<script" not in page["body"]
    assert len(page["body"]) < 1500


@pytest.mark.parametrize("name", ["nosuchcrm", "_http", "HubSpot", "%2e%2e"])
def test_the_callback_of_an_unknown_crm_is_not_found(rehearsal, name):
    with nothing_changes(rehearsal):
        assert_refused(callback(rehearsal, name, "code=x&state=y"), 404, "there is no CRM called")


def test_a_code_that_the_crm_refuses_stores_no_tokens_and_uses_up_the_state(rehearsal, crm, returned):
    integration_id, location = returned
    state = parse_qs(urlsplit(location).query)["state"][0]
    before = everything(rehearsal)["documents"]
    assert_refused(callback(rehearsal, crm, f"code=forged&state={state}"), 400, "the CRM refused the code")
    gone = before.keys() - everything(rehearsal)["documents"].keys()
    assert gone == {f"STATE#{digest(state)} state"}
    assert {key: each for key, each in before.items() if key not in gone} == everything(rehearsal)["documents"]
    with nothing_changes(rehearsal):
        assert_refused(rehearsal.finish(crm, location), 400, "unknown, used or older")
        assert_problem(complete(rehearsal, crm, integration_id, "x"), 400, field="code")


def test_a_token_endpoint_without_an_answer_says_try_again(rehearsal, crm, returned):
    rehearsal.control(crm, "faults", [{"match": {"method": "POST", "path": ".*token"}, "kind": "html", "count": 9}])
    assert_refused(rehearsal.finish(crm, returned[1]), 503, "")
    assert not [key for key in everything(rehearsal)["documents"] if "#GRANT" in key]


# ------------------------------------------------------------------------------------------------ PKCE


def test_salesforce_is_given_a_challenge_and_wants_its_verifier(rehearsal):
    integration_id = made(rehearsal, "salesforce")
    url = login(rehearsal, "salesforce", integration_id)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert asked["code_challenge_method"] == "S256"
    (document,) = [each for key, each in everything(rehearsal)["documents"].items() if key.startswith("STATE#")]
    context = {"state": digest(asked["state"])}
    verifier = rehearsal.hub.cipher.decrypt(document.body["verifier"], context=context)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert asked["code_challenge"] == challenge
    assert verifier not in url
    assert verifier not in str(document)


def test_a_code_of_another_login_fails_at_the_challenge(rehearsal):
    first, second = made(rehearsal, "salesforce"), made(rehearsal, "salesforce", claims=RIVAL)
    stolen = rehearsal.consent("salesforce", login(rehearsal, "salesforce", first))
    code = parse_qs(urlsplit(stolen).query)["code"][0]
    own = login(rehearsal, "salesforce", second, claims=RIVAL)
    state = parse_qs(urlsplit(own).query)["state"][0]
    assert_refused(callback(rehearsal, "salesforce", f"code={code}&state={state}"), 400, "the CRM refused the code")
    assert not [key for key in everything(rehearsal)["documents"] if "#GRANT" in key]


def test_hubspot_takes_no_challenge(rehearsal):
    assert "code_challenge" not in login(rehearsal, "hubspot", made(rehearsal, "hubspot"))


# ------------------------------------------------------------------------------------------------ the last step


def test_a_wrong_completion_code_is_refused_and_the_right_one_stays_good(rehearsal, crm, returned):
    integration_id, location = returned
    code = code_of(rehearsal.finish(crm, location))
    with nothing_changes(rehearsal):
        for wrong in ("x", code[:-1], code + "x", code.swapcase()):
            assert_problem(complete(rehearsal, crm, integration_id, wrong), 400, field="code", says="wrong, used or")
    assert complete(rehearsal, crm, integration_id, code)[0] == 200


def test_a_completion_code_is_good_once(rehearsal, crm, returned):
    integration_id, location = returned
    code = code_of(rehearsal.finish(crm, location))
    assert complete(rehearsal, crm, integration_id, code)[0] == 200
    with nothing_changes(rehearsal):
        assert_problem(complete(rehearsal, crm, integration_id, code), 400, field="code")


def test_a_completion_code_is_good_for_ten_minutes(rehearsal, crm, returned):
    integration_id, location = returned
    code = code_of(rehearsal.finish(crm, location))
    rehearsal.advance(601)
    with nothing_changes(rehearsal):
        assert_problem(complete(rehearsal, crm, integration_id, code), 400, field="code", says="too old")


def test_a_completion_code_is_of_no_use_to_another_workspace(rehearsal, crm, returned):
    integration_id, location = returned
    own = made(rehearsal, crm, claims=RIVAL)
    code = code_of(rehearsal.finish(crm, location))
    with nothing_changes(rehearsal):
        stolen = complete(rehearsal, crm, integration_id, code, claims=RIVAL)
        assert_problem(stolen, 404, field="integration_id")
        assert_problem(complete(rehearsal, crm, own, code, claims=RIVAL), 400, field="code")
    assert complete(rehearsal, crm, integration_id, code)[0] == 200


def test_a_completion_code_is_of_no_use_to_another_integration_of_the_workspace(rehearsal, crm, returned):
    code = code_of(rehearsal.finish(crm, returned[1]))
    other = made(rehearsal, crm)
    with nothing_changes(rehearsal):
        assert_problem(complete(rehearsal, crm, other, code), 400, field="code")


def test_an_integration_is_completed_only_under_its_own_crm(rehearsal, crm, returned):
    integration_id, location = returned
    code = code_of(rehearsal.finish(crm, location))
    other = next(each for each in CRMS if each != crm)
    with nothing_changes(rehearsal):
        assert_problem(complete(rehearsal, other, integration_id, code), 404, field="integrationId")


def test_consent_alone_activates_nothing(rehearsal, crm, returned):
    integration_id, location = returned
    rehearsal.finish(crm, location)
    assert rehearsal.call("GET", f"{ALL}/{integration_id}")[1]["status"] == "pending"
    with nothing_changes(rehearsal):
        assert_problem(rehearsal.call("POST", f"{ALL}/{integration_id}/sync", {}), 400, field="integrationId")


def test_of_two_logins_begun_at_once_each_callback_works_and_the_latest_code_counts(rehearsal, crm):
    integration_id = made(rehearsal, crm)
    first = rehearsal.consent(crm, login(rehearsal, crm, integration_id))
    second = rehearsal.consent(crm, login(rehearsal, crm, integration_id))
    old = code_of(rehearsal.finish(crm, first))
    new = code_of(rehearsal.finish(crm, second))
    with nothing_changes(rehearsal):
        assert_problem(complete(rehearsal, crm, integration_id, old), 400, field="code")
    status, shown = complete(rehearsal, crm, integration_id, new)
    assert (status, shown["status"]) == (200, "active")


def test_connecting_again_replaces_the_tokens_and_keeps_the_integration(rehearsal, crm):
    integration_id = rehearsal.connect(crm)
    rehearsal.control(crm, "tokens", {"action": "revoke"})
    location = rehearsal.consent(crm, login(rehearsal, crm, integration_id))
    status, shown = complete(rehearsal, crm, integration_id, code_of(rehearsal.finish(crm, location)))
    assert (status, shown["id"], shown["status"]) == (200, integration_id, "active")
    rehearsal.settle()
    assert rehearsal.call("GET", f"/auth/{crm}/status")[1]["items"][0]["connected"]


def test_a_crm_that_fails_while_it_is_prepared_can_be_completed_again(rehearsal, crm, returned):
    integration_id, location = returned
    code = code_of(rehearsal.finish(crm, location))
    fault = {
        "match": {"path": ".*(properties|describe|tooling|sobjects).*"},
        "kind": "status",
        "status": 503,
        "count": 1,
    }
    rehearsal.control(crm, "faults", [fault])
    assert complete(rehearsal, crm, integration_id, code)[0] == 503
    status, shown = complete(rehearsal, crm, integration_id, code)
    assert (status, shown["status"]) == (200, "active")
    assert shown["webhookUrl"]
