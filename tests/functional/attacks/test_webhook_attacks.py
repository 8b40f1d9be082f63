"""Whatever is sent to a webhook door by somebody else than its CRM: a clear refusal, and nothing has happened."""

from __future__ import annotations

import pytest

from tests.functional.attacks.attack import Attack
from tests.functional.attacks.genuine import BUILDERS, deliver, genuine
from tests.functional.attacks.webhook_attacks import webhook_attacks
from tests.functional.watching import nothing_changes

ATTACKS = webhook_attacks()


@pytest.mark.parametrize("attack", ATTACKS, ids=[each.name for each in ATTACKS])
def test_an_attack_on_a_webhook_door_is_refused_without_effect(fortress, attack: Attack):
    sent = attack.make(fortress)
    with nothing_changes(fortress):
        answer = deliver(fortress, sent)
    assert answer["statusCode"] in attack.statuses, answer
    assert answer["headers"]["content-type"].startswith("text/plain")
    assert answer["body"]
    assert "Traceback" not in answer["body"]
    assert not sent.secret or sent.secret not in answer["body"]


def test_every_attack_has_a_name_of_its_own():
    assert len({each.name for each in ATTACKS}) == len(ATTACKS) >= 120


@pytest.mark.parametrize("crm", BUILDERS)
def test_what_the_attacks_begin_from_is_taken(fortress, crm):
    before = len(fortress.queues.messages)
    assert deliver(fortress, genuine(fortress, crm))["statusCode"] == 200
    (message,) = fortress.queues.messages[before:]
    fortress.queues.acknowledge(message)
