from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox import Settings, create
from sandbox._state_file import StateFile

URL = "https://hub.example.com/hook"
CRLF = "\r\n"


def batch(web: Any, *requests: str, prefer: str = "", end: str = CRLF) -> Any:
    parts = "".join(f"--b{end}Content-Type: application/http{end}{end}{each}{end}" for each in requests)
    headers = {"content-type": "multipart/mixed; boundary=b"} | ({"prefer": prefer} if prefer else {})
    return web.http.post("/api/data/v9.2/$batch", content=f"{parts}--b--{end}", headers=headers)


def create_contact(name: str, end: str = CRLF) -> str:
    line = "POST /api/data/v9.2/contacts HTTP/1.1"
    return f"{line}{end}Content-Type: application/json{end}{end}{json.dumps({'lastname': name})}"


def test_a_batch_stops_at_the_first_refusal_and_takes_its_status(web):
    answer = batch(web, create_contact("a"), create_contact("x" * 51), create_contact("c"))
    assert answer.status_code == 400
    assert answer.text.count("HTTP/1.1 ") == 2
    assert len(web.get("contacts")["value"]) == 1


def test_a_batch_told_to_go_on_answers_200_whatever_happened(web):
    answer = batch(web, create_contact("x" * 51), create_contact("c"), prefer="odata.continue-on-error")
    assert answer.status_code == 200
    assert "HTTP/1.1 400" in answer.text


@pytest.mark.parametrize("number", [1000, 1001])
def test_a_batch_holds_a_thousand_requests(web, number):
    answer = batch(web, *["GET /api/data/v9.2/WhoAmI HTTP/1.1" + CRLF] * number)
    assert answer.status_code == (200 if number == 1000 else 400)


def test_lines_of_a_batch_end_with_two_letters(web):
    assert batch(web, create_contact("a", "\n"), end="\n").status_code == 400
    assert web.http.post("/api/data/v9.2/$batch", json={}).json()["error"]["code"] == "0x80048d19"


def test_a_change_set_holds_no_question(web):
    inner = (
        f"--c{CRLF}Content-Type: application/http{CRLF}Content-ID: 1{CRLF}{CRLF}GET /api/data/v9.2/contacts HTTP/1.1"
    )
    body = f"--b{CRLF}Content-Type: multipart/mixed; boundary=c{CRLF}{CRLF}{inner}{CRLF}{CRLF}--c--{CRLF}--b--{CRLF}"
    headers = {"content-type": "multipart/mixed; boundary=b"}
    assert web.http.post("/api/data/v9.2/$batch", content=body, headers=headers).status_code == 400


# --------------------------------------------------------------------------------------------- limits


def test_requests_are_counted_over_five_minutes_and_a_batch_is_one(web):
    web.control("settings", {"requests": 3})
    batch(web, *[create_contact("a")] * 10)
    web.get("WhoAmI")
    left = web.call("GET", "WhoAmI").headers["x-ms-ratelimit-burst-remaining-xrm-requests"]
    assert left == "0"
    refused = web.call("GET", "WhoAmI")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "0x80072322")
    web.control("clock", {"advance_s": int(refused.headers["retry-after"]) + 1})
    assert web.call("GET", "WhoAmI").status_code == 200


def test_every_operation_of_a_batch_takes_time(web):
    web.control("settings", {"execution_ms": 200})
    batch(web, *[create_contact("a")] * 10)
    assert web.refused("GET", "WhoAmI") == (429, "0x80072321")


def test_too_much_at_once_is_refused(web):
    web.control("settings", {"concurrent": 0})
    assert web.refused("GET", "WhoAmI") == (429, "0x80072326")


def test_an_address_has_32_kilobytes(web):
    long = "contacts?$filter=lastname%20eq%20'" + "x" * 32_768 + "'"
    assert web.call("GET", long).status_code == 414


# --------------------------------------------------------------------------------------------- sign in


def test_a_bad_token_gets_no_words_but_the_way_to_the_sign_in_page(web):
    answer = web.http.get("/api/data/v9.2/WhoAmI", headers={"authorization": "Bearer x"})
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["www-authenticate"].startswith("Bearer authorization_uri=https://login.microsoftonline.com/")


def test_rights_and_membership_can_be_missing(web):
    web.control("settings", {"denied": {"contact": ["Create"]}})
    assert web.refused("POST", "contacts", {}) == (403, "0x80040220")
    assert web.get("contacts")["value"] == []
    web.control("settings", {"is_member": False})
    assert web.refused("GET", "WhoAmI") == (403, "0x80072560")


def sign(web: Any, **changes: str) -> Any:
    secrets = web.app.credentials
    query = {
        "client_id": secrets["client_id"],
        "response_type": "code",
        "redirect_uri": "https://hub.example/cb",
        "scope": secrets["scope"],
        "state": "s",
    }
    return web.http.get("/organizations/oauth2/v2.0/authorize", params={**query, **changes})


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"client_id": "x"}, 700016),
        ({"redirect_uri": "x"}, 50011),
        ({"response_type": "token"}, 70005),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, 501481),
        ({"scope": "offline_access"}, 28000),
        ({"scope": "https://other.crm.dynamics.com/.default"}, 500011),
        ({"scope": "https://contoso.crm4.dynamics.com/everything"}, 70011),
    ],
    ids=str,
)
def test_the_sign_in_page_refuses_what_it_cannot_grant(web, changes, number):
    assert sign(web, **changes).json()["error_codes"] == [number]


def test_a_person_may_decline(web):
    page = sign(web)
    assert "offline_access" in page.text
    fields = dict(page.request.url.params) | {"decision": "deny"}
    back = web.http.post("/organizations/oauth2/v2.0/authorize", data=fields).headers["location"]
    assert parse_qs(urlsplit(back).query)["error"] == ["access_denied"]


def test_a_refresh_leaves_the_old_token_usable_for_ninety_days(web):
    fields = dict(sign(web).request.url.params) | {"decision": "grant"}
    back = web.http.post("/organizations/oauth2/v2.0/authorize", data=fields).headers["location"]
    code = parse_qs(urlsplit(back).query)["code"][0]
    given = {"grant_type": "authorization_code", "code": code, "redirect_uri": "https://hub.example/cb"}
    first = web.token(**given).json()
    assert 3600 <= first["expires_in"] < 5400
    assert web.token(**given).json()["error"] == "invalid_grant"
    old = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert web.token(**old).json()["refresh_token"] != first["refresh_token"]
    assert web.token(**old).status_code == 200
    assert web.token(**old, client_secret="x").json()["error"] == "invalid_client"
    assert web.token("nobody.example", **old).json()["error_codes"] == [90002]
    web.control("clock", {"advance_s": 91 * 86_400})
    assert web.token(**old).json()["error_codes"] == [700082]


# --------------------------------------------------------------------------------------------- webhooks


def sent(web: Any) -> list[Any]:
    web.app.crm.deliveries.flush()
    posts, web.posts[:] = list(web.posts), []
    return posts


def endpoint(web: Any, **changes: Any) -> str:
    proof = '<settings><setting name="x-key" value="k" /></settings>'
    row = {"name": "x", "url": URL, "contract": 8, "authtype": 5, "authvalue": proof, "messageformat": 2}
    made = web.make("serviceendpoints", **{**row, **changes})
    message = web.get("sdkmessages?$filter=name%20eq%20'Update'")["value"][0]["sdkmessageid"]
    step = {
        "mode": 1,
        "stage": 40,
        "filteringattributes": "jobtitle",
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({made})",
        "sdkmessageid@odata.bind": f"/sdkmessages({message})",
    }
    web.make("sdkmessageprocessingsteps", name="x", **step)
    return made


@pytest.mark.parametrize(
    ("kind", "value", "url", "key"),
    [
        (4, "k", f"{URL}?code=k", None),
        (5, '<settings><setting name="x-key" value="k" /></settings>', URL, "k"),
        (6, '<settings><setting name="sig" value="k" /></settings>', f"{URL}?sig=k", None),
    ],
)
def test_a_webhook_proves_itself_in_one_of_three_ways(web, kind, value, url, key):
    endpoint(web, authtype=kind, authvalue=value)
    contact = web.make("contacts", lastname="x")
    web.call("PATCH", f"contacts({contact})", {"jobtitle": "Buyer"})
    (call,) = sent(web)
    assert (call.url, call.headers.get("x-key")) == (url, key)
    assert call.headers["x-ms-dynamics-request-name"] == "Update"
    assert b"\\/Date(" in call.body
    target = json.loads(call.body)["InputParameters"][0]["value"]["Attributes"]
    assert {each["key"] for each in target} == {"contactid", "jobtitle", "modifiedon", "modifiedby"}


def test_a_step_tells_of_the_columns_it_was_made_for(web):
    endpoint(web)
    contact = web.make("contacts", lastname="x")
    web.call("PATCH", f"contacts({contact})", {"lastname": "y"})
    assert sent(web) == []


@pytest.mark.parametrize("changes", [{"url": "x"}, {"authtype": 2}, {"authvalue": ""}, {"authvalue": "k"}], ids=str)
def test_a_webhook_without_an_address_or_a_proof_is_refused(web, changes):
    proof = '<settings><setting name="x-key" value="k" /></settings>'
    row = {"name": "x", "url": URL, "contract": 8, "authtype": 5, "authvalue": proof}
    assert web.call("POST", "serviceendpoints", {**row, **changes}).status_code == 400


def test_a_large_body_comes_without_its_values(web):
    web.control("webhooks", {"urls": [URL]})
    account = web.make("accounts", name="x")
    bind = {"objectid_account@odata.bind": f"/accounts({account})"}
    sent(web)
    web.make("annotations", subject="x", notetext="ä" * 100_000, **bind)
    (call,) = sent(web)
    body = json.loads(call.body)
    assert call.headers["x-ms-dynamics-msg-size-exceeded"] == "true"
    assert "InputParameters" not in body
    assert body["PrimaryEntityName"] == "annotation"


@pytest.mark.parametrize(("status", "calls"), [(503, 2), (502, 2), (500, 1), (404, 1), (200, 1)])
def test_only_a_gateways_trouble_is_tried_once_more(web, status, calls):
    web.control("webhooks", {"urls": [URL]})
    web.answer = status
    web.make("contacts", lastname="x")
    made = len(sent(web))
    for _ in range(3):
        web.control("clock", {"advance_s": 3600})
        made += len(sent(web))
    assert made == calls


def test_an_organization_comes_back_from_its_file(web, tmp_path):
    kept = create("dynamics", Settings(background=False))
    file = StateFile(tmp_path / "state")
    file.keep(kept)
    kept.crm.seed({"rows": {"contacts": [{"lastname": "Novak"}]}})
    kept.changes += 1
    before = kept.crm.state()
    file.close()
    again = create("dynamics", Settings(background=False))
    StateFile(tmp_path / "state").keep(again)
    assert again.crm.state() == before
    assert before["contacts"][0]["lastname"] == "Novak"
