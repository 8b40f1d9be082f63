"""Tags follow the state; owners follow the roles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.sales.scoring.owners import DATA as OWNERS
from crmbridge.domain.sales.scoring.owners import Owner, default_roles, owner_of, owners_from
from crmbridge.domain.sales.scoring.tags import default_tags, tag_change, tags_from, tags_of
from crmbridge.errors import RequestRejectedError

USERS = {"default": "u1", "high_value": "u2", "investment": "u3"}


def _tags(**facts):
    return set(tags_of(default_tags(), {"score": 0, **facts})) - {"WhatsApp Lead"}


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        (0, "Lead Frio"),
        (39, "Lead Frio"),
        (40, "Lead Morno"),
        (69, "Lead Morno"),
        (70, "Lead Quente"),
        (100, "Lead Quente"),
    ],
)
def test_a_score_has_one_temperature(value, tag):
    assert _tags(score=value) == {tag}


@pytest.mark.parametrize(
    ("bill", "tags"),
    [(1999, set()), (2000, {"Médio Valor"}), ("3999.99", {"Médio Valor"}), (4000, {"Alto Valor"}), (None, set())],
)
def test_a_bill_has_a_value_tag(bill, tags):
    assert _tags(energy_bill_value=bill) - {"Lead Frio"} == tags


@pytest.mark.parametrize(
    ("facts", "tags"),
    [
        ({"competitor": "Sunny Ltda"}, {"Tem Concorrente"}),
        ({"current_discount": "10%"}, {"Já Tem Desconto"}),
        (
            {"competitor": "Sunny Ltda", "current_discount": "10%"},
            {"Tem Concorrente", "Já Tem Desconto", "Desconto Competidor"},
        ),
        ({"competitor": "", "current_discount": None}, set()),
        ({"timeline": "imediato"}, {"Urgente"}),
        ({"timeline": "30_dias"}, set()),
        ({"message_count": 10}, set()),
        ({"message_count": 11}, {"Alto Engajamento"}),
        ({"meeting_is_booked": True}, {"Reunião Agendada"}),
        ({"meeting_is_booked": False}, set()),
        ({"follow_up_is_due": True}, {"Follow-up Necessário"}),
        ({"avg_response_time_s": 59}, {"Resposta Rápida"}),
        ({"avg_response_time_s": 60}, set()),
        ({"avg_response_time_s": None}, set()),
        ({"sequence_is_exhausted": True}, {"Sem Resposta"}),
    ],
)
def test_a_state_has_its_tags(facts, tags):
    assert _tags(**facts) - {"Lead Frio"} == tags


@pytest.mark.parametrize(
    ("value", "timeline", "is_high"), [(70, "imediato", True), (69, "imediato", False), (70, "30_dias", False)]
)
def test_high_priority_needs_a_hot_score_and_haste(value, timeline, is_high):
    assert ("Alta Prioridade" in _tags(score=value, timeline=timeline)) == is_high


def test_every_whatsapp_lead_says_so():
    assert tags_of(default_tags(), {"score": 1})[0] == "WhatsApp Lead"


def test_tags_that_no_longer_apply_are_removed_and_foreign_ones_stay():
    change = tag_change(default_tags(), {"score": 75}, current=["Lead Frio", "Sem Resposta", "VIP", "WhatsApp Lead"])
    assert (change.add, change.remove) == (("Lead Quente",), ("Lead Frio", "Sem Resposta"))


@given(st.integers(0, 100), st.sets(st.sampled_from(["Lead Frio", "Lead Morno", "Urgente", "VIP", "Sem Resposta"])))
def test_a_second_look_changes_nothing(value, current):
    facts = {"score": value}
    change = tag_change(default_tags(), facts, current=current)
    after = (current | set(change.add)) - set(change.remove)
    assert tag_change(default_tags(), facts, current=after) == type(change)((), ())
    assert ("VIP" in after) == ("VIP" in current)


@pytest.mark.parametrize(
    ("facts", "named", "owner"),
    [
        ({}, "", Owner("u1", "default")),
        ({"energy_bill_value": 4000}, "", Owner("u1", "default")),
        ({"energy_bill_value": "4000.01"}, "", Owner("u2", "high_value")),
        ({"energy_bill_value": 4001, "solution_interest": "investimento"}, "", Owner("u2", "high_value")),
        ({"energy_bill_value": 4000, "solution_interest": "investimento"}, "", Owner("u3", "investment")),
        ({"solution_interest": "usina_propria"}, "", Owner("u1", "default")),
        ({"energy_bill_value": 9000}, "u9", Owner("u9", "named")),
    ],
)
def test_an_owner_is_named_or_has_the_first_role_that_fits(facts, named, owner):
    assert owner_of(owners_from({**OWNERS, "users": USERS}), facts, named=named) == owner


def test_a_role_without_a_person_falls_to_the_default():
    rules = owners_from({**OWNERS, "users": {"default": "u1"}})
    assert owner_of(rules, {"energy_bill_value": 9000}) == Owner("u1", "default")
    assert owner_of(default_roles(), {}) == Owner("", "default")


def test_a_wrong_role_or_tag_is_named_with_what_is_expected():
    with pytest.raises(
        RequestRejectedError, match=r"users\.boss is no role; roles are default, high_value, investment"
    ):
        owners_from({**OWNERS, "users": {"boss": "u1"}})
    with pytest.raises(RequestRejectedError, match=r"users\.default must be the CRM's id of a person, as text"):
        owners_from({**OWNERS, "users": {"default": 7}})
    with pytest.raises(RequestRejectedError, match="users must be an object"):
        owners_from({**OWNERS, "users": []})
    with pytest.raises(
        RequestRejectedError, match=r"tags\[0\]\.tag must be a text of 1 to 100 letters, and is missing"
    ):
        tags_from({"tags": [{"when": []}]})
