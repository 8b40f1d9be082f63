from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from crmbridge.connectors.pipedrive.webhooks import DOOR
from crmbridge.domain.webhook import WebhookCall
from crmbridge.errors import SignatureError

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SECRET = "a-secret-of-ours"


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"crmbridge:{password}".encode()).decode()


def call(secret: str = SECRET, authorization: str | None = None) -> WebhookCall:
    headers = {} if authorization is None else {"authorization": authorization}
    return WebhookCall("POST", f"https://hooks.example.com/webhooks/pipedrive/{secret}?x=1", headers, b"{}")


@pytest.mark.parametrize("authorization", [None, basic(SECRET), "basic " + basic(SECRET).partition(" ")[2]])
def test_a_call_with_our_secret_is_accepted(authorization: str | None):
    DOOR.verify(call(authorization=authorization), secrets=["another", SECRET], now=NOW)


@pytest.mark.parametrize(
    "told",
    [
        call("another"),
        call(""),
        call(authorization=basic("another")),
        call(authorization=basic("")),
        call(authorization="Basic !!!"),
        call(authorization="Basic /w=="),
        call(authorization=f"Bearer {SECRET}"),
        call(authorization=""),
        call("schlüssel"),
    ],
)
def test_any_other_call_is_refused(told: WebhookCall):
    with pytest.raises(SignatureError):
        DOOR.verify(told, secrets=[SECRET], now=NOW)


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nobody_is_let_in(secrets: list[str]):
    for told in (call(""), call(), call(authorization=basic(""))):
        with pytest.raises(SignatureError):
            DOOR.verify(told, secrets=secrets, now=NOW)
