from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crmbridge.connectors.hubspot.webhooks import DOOR
from crmbridge.domain.webhook import WebhookCall
from crmbridge.errors import SignatureError

SECRET = "11111111-2222-4333-8444-555555555555"
NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
URL = "https://hooks.example.com/webhooks/hubspot"
BODY = '[{"propertyValue":"Zoë ☕ 東京"}]'.encode()


def ms(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def v3(
    body: bytes = BODY, *, url: str = URL, signed_url: str | None = None, at: datetime = NOW, secret: str = SECRET
) -> WebhookCall:
    source = b"POST" + (signed_url or url).encode() + body + ms(at).encode()
    digest = base64.b64encode(hmac.new(secret.encode(), source, hashlib.sha256).digest()).decode()
    headers = {"x-hubspot-signature-v3": digest, "x-hubspot-request-timestamp": ms(at)}
    return WebhookCall("POST", url, headers, body)


def v1(body: bytes = BODY, *, secret: str = SECRET, headers: dict[str, str] | None = None) -> WebhookCall:
    digest = hashlib.sha256(secret.encode() + body).hexdigest()
    return WebhookCall("POST", URL, {"x-hubspot-signature": digest, **(headers or {})}, body)


def with_headers(call: WebhookCall, **changes: str | None) -> WebhookCall:
    headers = {**call.headers, **{name.replace("_", "-"): value for name, value in changes.items()}}
    kept = {name: value for name, value in headers.items() if value is not None}
    return WebhookCall(call.method, call.url, kept, call.body)


def test_signatures_of_another_program_are_accepted():
    """Computed with another program (openssl dgst, sha256sum) from the published formulas."""
    body, url = b'[{"eventId":1}]', "https://hooks.example.com/h"
    at = datetime.fromtimestamp(1795257000, UTC)
    for headers in (
        {
            "x-hubspot-signature-v3": "Sxcz+4BqujPaZOPJg68GEW+hYmmrsgI1PwkrG/Fo5BY=",
            "x-hubspot-request-timestamp": "1795257000000",
        },
        {"x-hubspot-signature": "9f0b6e628c8a06be0007dd97fda23db362da1572cd10c10673d66f4e30ba8966"},
    ):
        DOOR.verify(WebhookCall("POST", url, headers, body), secrets=["secret"], now=at)


@pytest.mark.needs_shared
def test_the_vendors_own_vectors(shared: Path):
    vectors = json.loads((shared / "data/vendors/hubspot/signatures/signature-vectors.json").read_text("utf-8"))
    checked = 0
    for each in [*vectors["vendor_vectors"], *vectors["derived_vectors"]]:
        url = each.get("uri_as_received") or each.get("uri") or URL
        at = datetime.fromtimestamp(int(each["timestamp"] or 0) / 1000, UTC)
        if each["version"] == "v3":
            headers = {"x-hubspot-signature-v3": each["expected"], "x-hubspot-request-timestamp": each["timestamp"]}
        elif each["version"] == "v1":
            headers = {"x-hubspot-signature": each["expected"], "x-hubspot-signature-version": "v1"}
        else:
            continue
        call = WebhookCall(each.get("method") or "POST", url, headers, each["body"].encode())
        DOOR.verify(call, secrets=["wrong", each["secret"]], now=at)
        with pytest.raises(SignatureError):
            DOOR.verify(call, secrets=["wrong"], now=at)
        checked += 1
    assert checked >= 6


@pytest.mark.parametrize("call", [v3(), v1(), v1(headers={"x-hubspot-signature-version": "v1"})])
def test_a_genuine_call_is_accepted_whichever_secret_is_valid(call: WebhookCall):
    DOOR.verify(call, secrets=[SECRET], now=NOW)
    DOOR.verify(call, secrets=["old secret", SECRET], now=NOW)
    DOOR.verify(call, secrets=[SECRET, "", "next secret"], now=NOW)


@pytest.mark.parametrize("call", [v3(), v1()])
@pytest.mark.parametrize("secrets", [[], [""], ["", ""], ["another"]])
def test_no_valid_secret_proves_nothing(call: WebhookCall, secrets: list[str]):
    with pytest.raises(SignatureError):
        DOOR.verify(call, secrets=secrets, now=NOW)


def test_a_signature_made_with_an_empty_secret_is_refused():
    for call in (v3(secret=""), v1(secret="")):
        with pytest.raises(SignatureError):
            DOOR.verify(call, secrets=["", SECRET], now=NOW)


@pytest.mark.parametrize("place", range(0, len(BODY), 5))
@pytest.mark.parametrize("call", [v3(), v1()])
def test_one_flipped_byte_is_refused(call: WebhookCall, place: int):
    body = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
    with pytest.raises(SignatureError):
        DOOR.verify(WebhookCall(call.method, call.url, call.headers, body), secrets=[SECRET], now=NOW)


@pytest.mark.parametrize("away_s", [-300, -299, 0, 299, 300])
def test_five_minutes_either_way_are_accepted(away_s: int):
    DOOR.verify(v3(at=NOW + timedelta(seconds=away_s)), secrets=[SECRET], now=NOW)


@pytest.mark.parametrize("away_s", [-360, -301, 301, 360, 86_400])
def test_a_stale_or_future_signature_is_refused(away_s: int):
    with pytest.raises(SignatureError, match="300 seconds"):
        DOOR.verify(v3(at=NOW + timedelta(seconds=away_s)), secrets=[SECRET], now=NOW)


@pytest.mark.parametrize(
    "call",
    [
        with_headers(v3(), x_hubspot_request_timestamp=None),
        with_headers(v3(), x_hubspot_request_timestamp=""),
        with_headers(v3(), x_hubspot_request_timestamp="soon"),
        with_headers(v3(), x_hubspot_request_timestamp="١٢٣"),
        with_headers(v3(), x_hubspot_request_timestamp="9" * 400),
        with_headers(v3(), x_hubspot_request_timestamp=ms(NOW + timedelta(milliseconds=1))),
        with_headers(v3(), x_hubspot_signature_v3=""),
        with_headers(v3(), x_hubspot_signature_v3="ü" * 44),
        with_headers(v3(), x_hubspot_signature_v3="\udcff"),
        with_headers(v3(), x_hubspot_signature_v3=",".join([v3().headers["x-hubspot-signature-v3"]] * 2)),
        with_headers(v1(), x_hubspot_signature=None),
        with_headers(v1(), x_hubspot_signature=""),
        with_headers(v1(), x_hubspot_signature_version="v2"),
        with_headers(v1(), x_hubspot_signature_version="v9"),
        WebhookCall("GET", URL, v3().headers, BODY),
        WebhookCall("POST", URL.replace("https", "http"), v3().headers, BODY),
        WebhookCall("POST", URL + "/", v3().headers, BODY),
        WebhookCall("POST", URL, {}, BODY),
    ],
)
def test_a_call_that_is_not_what_was_signed_is_refused(call: WebhookCall):
    with pytest.raises(SignatureError) as caught:
        DOOR.verify(call, secrets=[SECRET], now=NOW)
    assert caught.value.field == "signature"
    assert caught.value.next_step


def test_a_wrong_v3_signature_is_not_rescued_by_a_right_v1():
    call = v1(headers=dict(with_headers(v3(), x_hubspot_signature_v3="AAAA").headers))
    with pytest.raises(SignatureError):
        DOOR.verify(call, secrets=[SECRET], now=NOW)


@pytest.mark.parametrize(
    ("received", "signed"),
    [
        ("/w?src=hs%3Aapp%2Fv3&x=%28a%29&sp=a%20b", "/w?src=hs:app/v3&x=(a)&sp=a%20b"),
        ("/w?src=hs%3aapp%2fv3", "/w?src=hs:app/v3"),
        ("/w?src=hs%3Aapp%2Fv3", "/w?src=hs%3Aapp%2Fv3"),
        ("/a%2Fb?x=%40", "/a%2Fb?x=@"),
        ("/a%2Fb?x=%40", "/a/b?x=%40"),
        ("/w?q=a%20b%3F", "/w?q=a b?"),
        ("/w", "/w"),
    ],
)
def test_every_plausible_spelling_of_the_address_is_tried(received: str, signed: str):
    host = "https://hooks.example.com"
    DOOR.verify(v3(url=host + received, signed_url=host + signed), secrets=["x", SECRET], now=NOW)
