"""Tokens of the simulated Kommo work once; its webhooks come in Kommo's own forms and end when refused too often."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox_kommo.conftest import BASE_URL, Desk

REDIRECT = "https://bridge.example.com/callback"
URL = "https://bridge.example.com/hooks"


def _ask(desk: Desk, **changes: Any) -> Any:
    app = {name: desk.app.credentials[name] for name in ("client_id", "client_secret")}
    return desk.http.post("/oauth2/access_token", json={**app, "redirect_uri": REDIRECT, **changes})


def _pair(desk: Desk) -> dict[str, Any]:
    return _ask(desk, grant_type="authorization_code", code=_code(desk)).json()


def _code(desk: Desk) -> str:
    crm: Any = desk.app.crm
    return crm._portal.tokens.new_code(REDIRECT)


def _refresh(desk: Desk, token: str, **changes: Any) -> Any:
    return _ask(desk, grant_type="refresh_token", refresh_token=token, **changes)


def test_consent_comes_back_with_code_state_and_the_accounts_host(desk: Desk):
    form = {"state": "s", "redirect_uri": REDIRECT}
    back = desk.http.post("/oauth", data={**form, "decision": "grant"}).headers["location"]
    assert back.startswith(f"{REDIRECT}?code=def502")
    assert "&state=s&" in back
    assert back.endswith("referer=sandbox.test")
    refused = desk.http.post("/oauth", data={**form, "decision": "deny"}).headers["location"]
    assert "error=access_denied" in refused


def test_a_refresh_token_works_once_and_its_heir_goes_on(desk: Desk):
    first = _pair(desk)["refresh_token"]
    second = _refresh(desk, first).json()["refresh_token"]
    again = _refresh(desk, first)
    assert (again.status_code, again.json()["hint"]) == (401, "Token has been revoked")
    assert _refresh(desk, second).status_code == 200


def test_using_it_twice_may_end_the_heir_too(desk: Desk):
    desk.control("/options", {"reuse_kills_pair": True})
    first = _pair(desk)["refresh_token"]
    second = _refresh(desk, first).json()["refresh_token"]
    _refresh(desk, first)
    assert _refresh(desk, second).status_code == 401


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"client_id": "x"}, "Check the `client_id` parameter"),
        ({"client_secret": "x"}, "Client authentication failed"),
        ({"redirect_uri": ""}, "Check the `redirect_uri` parameter"),
        ({"redirect_uri": "https://other.example.com"}, "Check the `redirect_uri` parameter"),
        ({"refresh_token": "x"}, "Cannot decrypt the refresh token"),
        ({"grant_type": "password"}, "Check the `grant_type` parameter"),
    ],
)
def test_the_token_endpoint_says_what_it_does_not_like(desk: Desk, changes, hint):
    token = _pair(desk)["refresh_token"]
    answer = _ask(desk, **{"grant_type": "refresh_token", "refresh_token": token, **changes})
    assert (answer.status_code in (400, 401), answer.json()["hint"]) == (True, hint)


def test_the_token_endpoint_takes_no_form(desk: Desk):
    assert desk.http.post("/oauth2/access_token", data={"grant_type": "refresh_token"}).status_code == 400


def test_tokens_and_codes_end_by_the_clock(desk: Desk):
    code = _code(desk)
    desk.control("/clock", {"advance_s": 1_201})
    answer = _ask(desk, grant_type="authorization_code", code=code)
    assert answer.json()["hint"] == "Authorization code has expired"
    pair = _pair(desk)
    desk.token = pair["access_token"]
    assert desk.call("GET", "/account").status_code == 200
    desk.control("/clock", {"advance_s": 86_401})
    assert desk.call("GET", "/account").status_code == 401
    desk.control("/clock", {"advance_s": 93 * 86_400})
    assert _refresh(desk, pair["refresh_token"]).json()["hint"] == "Token has expired"


def test_an_account_tells_where_it_is_to_those_it_gave_a_token(desk: Desk):
    path, token = "/oauth2/account/current/subdomain", _pair(desk)["refresh_token"]
    assert desk.http.get(path, headers={"X-Refresh-Token": token}).json()["domain"] == "sandbox.test"
    assert desk.http.get(path).status_code == 401


def test_a_subscription_is_an_object_with_known_codes(desk: Desk):
    assert desk.call("POST", "/webhooks", [{"destination": URL, "settings": ["add_lead"]}]).status_code == 400
    assert desk.wrong("POST", "/webhooks", {"destination": URL}) == [("0", "FieldMissing", "settings")]
    bad = {"destination": "somewhere", "settings": ["add_lead", "sing"]}
    assert [each[2] for each in desk.wrong("POST", "/webhooks", bad)] == ["destination", "settings.1"]
    assert desk.call("POST", "/webhooks", {"destination": URL, "settings": ["add_lead"]}).status_code == 201
    assert desk.call("DELETE", "/webhooks", {"destination": URL}).status_code == 204
    assert desk.call("DELETE", "/webhooks", {"destination": URL}).status_code == 404


def test_a_hundred_webhooks_and_not_one_more(desk: Desk):
    for number in range(100):
        body = {"destination": f"{URL}/{number}", "settings": ["add_lead"]}
        assert desk.call("POST", "/webhooks", body).status_code == 201
    assert desk.call("POST", "/webhooks", {"destination": URL, "settings": ["add_lead"]}).status_code == 422


def test_only_what_is_subscribed_is_told(desk: Desk):
    desk.call("POST", "/webhooks", {"destination": URL, "settings": ["add_company"]})
    desk.made("contacts", {"first_name": "A"})
    (company,) = desk.made("companies", {"name": "B"})
    (form,) = desk.hooks()
    assert form["contacts[add][0][id]"] == str(company)
    assert form["contacts[add][0][type]"] == "company"
    assert form["account[id]"] == "32901744"
    assert desk.posts[0].headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_values_are_told_in_their_odd_shapes(desk: Desk):
    fields = [
        {"name": "Dia", "type": "date", "code": "DIA"},
        {"name": "Canal", "type": "radiobutton", "code": "CANAL", "enums": [{"value": "A"}]},
        {"name": "Sim", "type": "checkbox", "code": "SIM"},
    ]
    desk.call("POST", "/contacts/custom_fields", fields)
    desk.control("/webhooks", {"urls": [URL]})
    values = [
        {"field_code": "PHONE", "values": [{"value": "+5511", "enum_code": "MOB"}]},
        {"field_code": "DIA", "values": [{"value": 1_774_926_000}]},
        {"field_code": "CANAL", "values": [{"value": "A"}]},
        {"field_code": "SIM", "values": [{"value": True}]},
    ]
    desk.made("contacts", {"first_name": "A", "custom_fields_values": values})
    (form,) = desk.hooks()
    place = "contacts[add][0][custom_fields]"
    assert form[f"{place}[0][code]"] == "PHONE"
    assert form[f"{place}[0][values][0][enum]"].isdigit()
    assert form[f"{place}[1][values][0]"] == "1774926000"
    assert form[f"{place}[2][values][value]"] == "A"
    assert form[f"{place}[3][values][0][value]"] == "1"


def test_stages_and_owners_are_told_beside_the_change(desk: Desk):
    (lead,) = desk.made("leads", {"name": "A"})
    (person,) = desk.made("contacts", {"first_name": "A"})
    desk.control("/webhooks", {"urls": [URL]})
    desk.call("PATCH", "/leads", [{"id": lead, "status_id": 142, "responsible_user_id": 11_204_883}])
    actions = [next(key.partition("]")[0] for key in form if key.startswith("leads")) for form in desk.hooks()]
    assert actions == ["leads[status", "leads[responsible", "leads[update"]
    desk.call("PATCH", "/contacts", [{"id": person, "responsible_user_id": 11_204_883}])
    assert [form.get("contacts[update][0][old_responsible_user_id]") for form in desk.hooks()] == ["11204871", None]


def test_incoming_leads_end_when_somebody_decides(desk: Desk):
    desk.control("/webhooks", {"urls": [URL]})
    taken, refused = (
        desk.seed(operations=[{"op": "incoming", "name": "Site"}])["operations"][0]["id"] for _ in range(2)
    )
    leads = [form["unsorted[add][0][lead_id]"] for form in desk.hooks()]
    desk.seed(operations=[{"op": "accept", "uid": taken}, {"op": "decline", "uid": refused}])
    first, second = desk.hooks()
    assert first["unsorted[delete][0][accept_result][leads][0]"] == leads[0]
    assert second["unsorted[delete][0][decline_result][leads][0]"] == leads[1]
    assert desk.call("GET", f"/leads/{leads[0]}").status_code == 200
    assert desk.call("GET", f"/leads/{leads[1]}").status_code == 204


def test_a_refused_call_is_sent_four_times_more(desk: Desk):
    desk.control("/webhooks", {"urls": [URL]})
    desk.reply = 500
    desk.made("companies", {"name": "A"})
    sent = [len(desk.hooks())]
    for wait_s in (300, 900, 900, 3600, 7200):
        desk.control("/clock", {"advance_s": wait_s + 1})
        sent.append(len(desk.hooks()))
    assert sent == [1, 1, 1, 1, 1, 0]


def test_any_status_below_300_is_thanks(desk: Desk):
    desk.control("/webhooks", {"urls": [URL]})
    desk.reply = 299
    desk.made("companies", {"name": "A"})
    desk.hooks()
    desk.control("/clock", {"advance_s": 7200})
    assert desk.hooks() == []


def test_a_hundred_bad_answers_are_borne_and_one_more_ends_the_subscription(desk: Desk):
    desk.call("POST", "/webhooks", {"destination": URL, "settings": ["add_company"]})
    desk.reply = 404
    for number, is_off in ((100, False), (1, True)):
        for _ in range(number):
            desk.made("companies", {"name": "A"})
        desk.hooks()
        (hook,) = desk.call("GET", "/webhooks").json()["_embedded"]["webhooks"]
        assert hook["disabled"] is is_off
    desk.reply = 200
    desk.made("companies", {"name": "B"})
    assert desk.hooks() == []
    desk.call("POST", "/webhooks", {"destination": URL, "settings": ["add_company"]})
    desk.made("companies", {"name": "C"})
    assert len(desk.hooks()) == 1


def test_a_seed_that_names_nothing_known_stores_nothing(desk: Desk):
    for body in (
        {"people": []},
        {"leads": [{"nickname": "A"}]},
        {"operations": [{"op": "sing", "entity": "leads"}]},
        {"operations": [{"op": "delete", "entity": "leads", "id": 99}]},
        {"operations": [{"op": "merge", "entity": "leads", "id": 99, "with": 98}]},
    ):
        assert desk.http.post("/_sandbox/seed", json=body).status_code == 400
    assert desk.call("GET", "/leads").status_code == 204


def test_state_shows_some_rows_or_all_and_a_reset_forgets_them(desk: Desk):
    first, second = desk.made("companies", {"name": "A"}, {"name": "B"})
    path = f"{BASE_URL}/_sandbox/state?entity=companies"
    assert [each["id"] for each in desk.http.get(path).json()["companies"]] == [first, second]
    assert [each["id"] for each in desk.http.get(f"{path}&id={second}").json()["companies"]] == [second]
    assert desk.http.get(f"{BASE_URL}/_sandbox/state").json()["users"]
    desk.control("/reset", {})
    assert desk.http.get(path).json()["companies"] == []
