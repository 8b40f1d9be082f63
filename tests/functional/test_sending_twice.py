"""Idempotency keys: however often a request is sent, it is carried out once."""

from __future__ import annotations

import pytest

from crmbridge.errors import LeaseHeldError, RetriableProviderError
from crmbridge.services.replay_requests import KEPT_S, RUNNING_S, Request, answer_once
from tests.functional.rehearsal import Rehearsal
from tests.functional.watching import assert_problem, everything, nothing_changes

ALL = "/api/crm/integrations"
KEY = {"idempotency-key": "5f0c-1"}
BODY = {"provider": "hubspot", "name": "Once"}


def send(rehearsal: Rehearsal, body=None, *, key: str = "5f0c-1", **more):
    event = rehearsal.event("POST", ALL)
    headers = {**event["headers"], "idempotency-key": key}
    return rehearsal.call("POST", ALL, body or BODY, headers=headers, **more)


def test_a_request_sent_twice_is_carried_out_once_and_answered_alike(rehearsal):
    first = send(rehearsal)
    assert first[0] == 201
    assert "idempotency-replayed" not in rehearsal.headers
    with nothing_changes(rehearsal):
        assert send(rehearsal) == first
        assert rehearsal.headers["idempotency-replayed"] == "true"
    assert len(rehearsal.call("GET", ALL)[1]["items"]) == 1


def test_another_request_with_the_same_key_is_refused(rehearsal):
    send(rehearsal)
    with nothing_changes(rehearsal):
        answer = send(rehearsal, {"provider": "salesforce"})
        assert_problem(answer, 422, field="Idempotency-Key", says="used for another request")


def test_a_key_is_its_callers_own(rehearsal):
    one, other = (
        send(rehearsal, claims={"workspace": "acme", "role": "admin", "sub": name})[1]["id"] for name in ("a", "b")
    )
    rival = send(rehearsal, claims={"workspace": "rival", "role": "admin", "sub": "a"})[1]["id"]
    assert len({one, other, rival}) == 3


def test_a_key_is_forgotten_after_a_day(rehearsal):
    first = send(rehearsal)
    rehearsal.advance(KEPT_S - 60)
    assert send(rehearsal) == first
    rehearsal.advance(120)
    assert send(rehearsal)[1]["id"] != first[1]["id"]


def test_what_was_refused_may_be_corrected_under_the_same_key(rehearsal):
    with nothing_changes(rehearsal):
        assert_problem(send(rehearsal, {"provider": "hubspot", "name": ""}), 400, field="name")
    assert send(rehearsal)[0] == 201


def test_a_viewer_learns_nothing_by_an_admins_key(rehearsal):
    admin = {"workspace": "acme", "role": "admin", "sub": "a"}
    send(rehearsal, claims=admin)
    with nothing_changes(rehearsal):
        assert_problem(send(rehearsal, claims={**admin, "role": "viewer"}), 403, field=None)


def test_the_kept_answer_cannot_be_read_in_the_table(rehearsal):
    send(rehearsal, {**BODY, "name": "A name to look for"})
    kept = [each for key, each in everything(rehearsal)["documents"].items() if "#REQUEST" in key]
    assert len(kept) == 1
    assert "A name to look for" not in str(kept)


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "with blank", "ä"])
def test_a_key_that_is_none_is_refused(rehearsal, key):
    with nothing_changes(rehearsal):
        assert_problem(send(rehearsal, key=key), 400, field="Idempotency-Key")


def test_a_duplicate_that_comes_while_the_first_is_worked_on_waits(rehearsal):
    request = Request("acme", caller="a", key="k", content="POST /x")

    def work():
        with pytest.raises(LeaseHeldError):
            answer_once(rehearsal.hub, request, lambda: ({}, 200))
        return {"done": True}, 200

    assert answer_once(rehearsal.hub, request, work).is_replay is False
    assert answer_once(rehearsal.hub, request, work).body == {"done": True}


def test_a_duplicate_is_told_to_come_back(rehearsal, monkeypatch):
    from crmbridge.runtime import api

    seen = []
    create = api.manage_integrations.create_integration

    def slowly(*args):
        seen.append(send(rehearsal))
        return create(*args)

    monkeypatch.setattr(api.manage_integrations, "create_integration", slowly)
    assert send(rehearsal)[0] == 201
    assert_problem(seen[0], 409, field=None, says="being worked on")


def test_a_request_whose_function_died_can_be_sent_again_soon(rehearsal):
    request = Request("acme", caller="a", key="k", content="POST /x")
    with pytest.raises(KeyboardInterrupt):
        answer_once(_without_deletes(rehearsal), request, _dies)
    with pytest.raises(LeaseHeldError):
        answer_once(rehearsal.hub, request, lambda: ({}, 200))
    rehearsal.advance(RUNNING_S + 1)
    assert answer_once(rehearsal.hub, request, lambda: ({"n": 2}, 200)).body == {"n": 2}


def test_an_error_lets_go_of_the_key(rehearsal):
    request = Request("acme", caller="a", key="k", content="POST /x")

    def fails():
        raise RetriableProviderError("down", provider="hubspot")

    with pytest.raises(RetriableProviderError):
        answer_once(rehearsal.hub, request, fails)
    assert answer_once(rehearsal.hub, request, lambda: ({"n": 2}, 200)).body == {"n": 2}


def _dies():
    raise KeyboardInterrupt


def _without_deletes(rehearsal: Rehearsal):
    """Return a hub that, like a dead process, deletes nothing."""
    from dataclasses import replace

    class Dead:
        get, put = rehearsal.documents.get, rehearsal.documents.put

        def delete(self, document):
            return None

    return replace(rehearsal.hub, documents=Dead())
