"""Attacks on connecting: states, codes and accounts of others, again, too late, or forged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from tests.functional.logins import callback, code_of, complete, grants, login, made
from tests.functional.rehearsal import Context
from tests.functional.watching import nothing_changes
from tests.matrix.house import House

RIVAL = {"workspace": "rival", "role": "admin", "sub": "mallory"}
CRM = "zoho"
Attempt = Callable[[], int]


class Login:
    """A login that a workspace has begun; its person has said yes."""

    def __init__(self, house: House, crm: str = CRM, claims: dict[str, str] | None = None) -> None:
        self.house, self.crm, self.claims = house, crm, claims
        more = {} if claims is None else {"claims": claims}
        self.integration_id = made(house, crm, **more)
        self.location = house.consent(crm, login(house, crm, self.integration_id, **more))
        self.query = {name: values[0] for name, values in parse_qs(urlsplit(self.location).query).items()}

    def back(self, **changes: str | None) -> int:
        """Come back to the callback with other parameters."""
        query = {name: value for name, value in {**self.query, **changes}.items() if value is not None}
        text = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        return callback(self.house, self.crm, text)["statusCode"]

    def code(self) -> str:
        return code_of(self.house.finish(self.crm, self.location))


# ------------------------------------------------------------------------------------------------ the state

STATES: dict[str, Callable[[str], str | None]] = {
    "no state": lambda _: None,
    "an empty state": lambda _: "",
    "a state that nobody issued": lambda _: "invented",
    "a state cut off": lambda state: state[:-1],
    "a state with more behind it": lambda state: state + "x",
    "a state in other letters": str.swapcase,
    "a state with a zero byte": lambda state: state + "\x00",
    "a state without end": lambda state: state * 500,
    "a state that is a key of the table": lambda _: "acme#GRANT",
    "a state with half a character": lambda state: state[:-1] + "\ud800",
    "a pattern": lambda _: "*",
}


@pytest.mark.parametrize("name", STATES)
def test_a_forged_state_is_refused(fortress, name):
    begun = Login(fortress)
    forged = STATES[name](begun.query["state"])
    with nothing_changes(fortress):
        if name == "a state with half a character":
            event = fortress.event("GET", f"/auth/{CRM}/callback", pathParameters={"crm": CRM})
            event["queryStringParameters"] = {**begun.query, "state": forged}
            assert fortress.handlers["finish_oauth"](event, Context())["statusCode"] == 400
        else:
            assert begun.back(state=forged) == 400


def _used_before(house: House) -> Attempt:
    begun = Login(house)
    begun.code()
    return begun.back


def _too_late(house: House) -> Attempt:
    begun = Login(house)
    house.advance(601)
    return begun.back


def _at_another_crm(house: House) -> Attempt:
    begun = Login(house)
    begun.crm = "pipedrive"
    return begun.back


def _at_no_crm(house: House) -> Attempt:
    begun = Login(house)
    begun.crm = "..%2fzoho"
    return begun.back


def _without_code(house: House) -> Attempt:
    begun = Login(house)
    return lambda: begun.back(code=None)


def _with_an_error(house: House) -> Attempt:
    begun = Login(house)
    return lambda: begun.back(code=None, error="access_denied", error_description="<script>alert(1)</script>" * 50)


def _with_anothers_code(house: House) -> Attempt:
    victim, thief = Login(house), Login(house, claims=RIVAL)
    thief.query["state"] = ""
    return lambda: thief.back(code=victim.query["code"])


CALLBACKS = {
    "a state that was used": (_used_before, 400),
    "a state older than ten minutes": (_too_late, 400),
    "a state of another CRM": (_at_another_crm, 400),
    "a state at a CRM that is none": (_at_no_crm, 404),
    "a callback without a code": (_without_code, 400),
    "a callback with an error in place of a code": (_with_an_error, 400),
    "another's code without a state": (_with_anothers_code, 400),
}


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_callback_that_is_not_the_begun_logins_is_refused(fortress, name):
    prepare, status = CALLBACKS[name]
    attempt = prepare(fortress)
    with nothing_changes(fortress):
        assert attempt() == status


def test_a_login_of_an_integration_that_was_deleted_leads_nowhere(fortress):
    begun = Login(fortress)
    assert fortress.call("DELETE", f"/api/crm/integrations/{begun.integration_id}")[0] == 204
    assert begun.back() in (400, 404)
    assert grants(fortress, begun.integration_id) == []


# ------------------------------------------------------------------------------------------------ the last step


def _completed(house: House, begun: Login, code: Any, **more: Any) -> Attempt:
    return lambda: complete(house, begun.crm, more.pop("of", begun.integration_id), code, **more)[0]


def _wrong_code(change: Callable[[str], Any]) -> Callable[[House], Attempt]:
    def prepare(house: House) -> Attempt:
        begun = Login(house)
        return _completed(house, begun, change(begun.code()))

    return prepare


def _by_a_rival(house: House) -> Attempt:
    begun = Login(house)
    return _completed(house, begun, begun.code(), claims=RIVAL)


def _for_a_rivals_integration(house: House) -> Attempt:
    begun = Login(house)
    return _completed(house, begun, begun.code(), of=made(house, CRM, claims=RIVAL), claims=RIVAL)


def _for_a_sister(house: House) -> Attempt:
    begun = Login(house)
    return _completed(house, begun, begun.code(), of=made(house, CRM))


def _by_role(role: str) -> Callable[[House], Attempt]:
    def prepare(house: House) -> Attempt:
        begun = Login(house)
        return _completed(house, begun, begun.code(), claims={"workspace": "acme", "role": role})

    return prepare


def _after_ten_minutes(house: House) -> Attempt:
    begun = Login(house)
    code = begun.code()
    house.advance(601)
    return _completed(house, begun, code)


def _after_a_logout(house: House) -> Attempt:
    begun = Login(house)
    code = begun.code()
    assert house.call("POST", f"/auth/{CRM}/logout", {"integrationId": begun.integration_id})[0] == 200
    return _completed(house, begun, code)


def _of_an_account_that_is_taken(house: House) -> Attempt:
    begun = Login(house, claims=RIVAL)
    return _completed(house, begun, begun.code(), claims=RIVAL)


LAST_STEPS: dict[str, tuple[Callable[[House], Attempt], int]] = {
    "a wrong code": (_wrong_code(lambda _: "wrong"), 400),
    "an empty code": (_wrong_code(lambda _: ""), 400),
    "a code cut off": (_wrong_code(lambda code: code[:-1]), 400),
    "a code in other letters": (_wrong_code(str.swapcase), 400),
    "a code without end": (_wrong_code(lambda code: code * 500), 400),
    "a code that is a list": (_wrong_code(lambda code: [code]), 400),
    "a code that is an object": (_wrong_code(lambda _: {"$ne": ""}), 400),
    "a code that is true": (_wrong_code(lambda _: True), 400),
    "a code that is null": (_wrong_code(lambda _: None), 400),
    "a code with half a character": (_wrong_code(lambda _: "\ud800"), 400),
    "a code in a rival's hands": (_by_a_rival, 404),
    "a code for a rival's integration": (_for_a_rivals_integration, 400),
    "a code for another integration": (_for_a_sister, 400),
    "a code in a viewer's hands": (_by_role("viewer"), 403),
    "a code in an operator's hands": (_by_role("operator"), 403),
    "a code after ten minutes": (_after_ten_minutes, 400),
    "a code after a logout": (_after_a_logout, 400),
    "an account that another workspace has connected": (_of_an_account_that_is_taken, 400),
}


@pytest.mark.parametrize("name", LAST_STEPS)
def test_a_login_is_completed_by_its_initiator_alone(fortress, name):
    prepare, status = LAST_STEPS[name]
    attempt = prepare(fortress)
    with nothing_changes(fortress):
        assert attempt() == status
