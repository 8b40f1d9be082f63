"""The other side of refusing: ten thousand genuine webhooks of all CRMs, and none of them is refused."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest

from tests.functional.attacks.genuine import BUILDERS, Sent, Told, deliver, genuine, signed_v1

HOW_MANY = 10_000

TEXTS = (
    "Ana Prado",
    "Łukasz Żółć-Ćwiąkalski",
    "Nguyễn Thị Minh Khai",
    "日本語テスト株式会社",
    "שלום עולם",
    "مرحبا بالعالم",
    "\u202eetirw\u202c ti",
    "👩‍👩‍👧‍👦 & Söhne <GmbH>",
    "a\u0301\u0308 combining",
    "zero\u200bwidth\u200djoiner\ufeff",
    "line\u2028and\u2029paragraph",
    "quote ' \" ` \\ / % & = + ; # ?",
    "<script>alert(1)</script>",
    "]]> &amp; &#x1F600; <!-- -->",
    "{{contact.name}} ${jndi:ldap://x.test} %s %n",
    "'; DROP TABLE contacts; --",
    "=cmd|' /C calc'!A0",
    "\U0001d49c\U0001d4c3\U0001d4b6 𠜎 𐍈",
    "x" * 5_000,
    "ñ" * 3_000,
)


def _sent(house, number: int, dice: random.Random) -> Sent:
    crm = list(BUILDERS)[number % len(BUILDERS)]
    text = "".join(dice.sample(TEXTS, dice.randint(1, 3)))
    sent = genuine(house, crm, Told(number + 1, text))
    if crm == "hubspot" and number % 3 == 0:
        return signed_v1(house, sent)
    return sent.raw(sent.body.encode()) if number % 5 == 0 else sent


@pytest.mark.slow
def test_ten_thousand_genuine_webhooks_are_taken_and_queued(fortress):
    dice = random.Random(5)
    refused: list[tuple[int, dict[str, Any]]] = []
    taken: Counter[str] = Counter()
    for number in range(HOW_MANY):
        sent = _sent(fortress, number, dice)
        answer = deliver(fortress, sent)
        queued = fortress.queues.messages
        if answer["statusCode"] != 200 or len(queued) != 1:
            refused.append((number, answer))
        for message in queued:
            fortress.queues.acknowledge(message)
        taken[sent.crm] += 1
    assert refused == []
    assert set(taken) == set(BUILDERS)
    assert taken.total() == HOW_MANY


ODD: dict[str, tuple[str, dict[str, Any]]] = {
    "a time before all times": ("freshsales", {"updated_at": "0001-01-01T00:00:00+14:00"}),
    "a time after all times": ("freshsales", {"updated_at": "9999-12-31T23:59:59-14:00"}),
    "a time that is none": ("freshsales", {"updated_at": "soon"}),
    "a number without end for a time": ("hubspot", {"occurredAt": 10**300}),
    "an event of a type nobody knows": ("hubspot", {"subscriptionType": "contact.\u0000nova"}),
    "an app by a strange name": ("pipedrive", {"change_source": "api", "user_id": "\ud800\U0001f600"}),
    "a module nobody knows": ("zoho", {"module": "Żółć"}),
    "a message nobody knows": ("dynamics", {"MessageName": "Üpsert"}),
    "inputs that are no list": ("dynamics", {"InputParameters": {"a": 1}}),
    "a group nobody knows": ("kommo", {"talk[add][0][id]": "1"}),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_but_genuine_is_acknowledged(fortress, name):
    crm, more = ODD[name]
    answer = deliver(fortress, genuine(fortress, crm, Told(7, more=more)))
    assert answer["statusCode"] == 200, answer
    for message in fortress.queues.messages:
        json.dumps(message.content.to_json(), ensure_ascii=False).encode()
        fortress.queues.acknowledge(message)
