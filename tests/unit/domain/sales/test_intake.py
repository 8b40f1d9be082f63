"""A WhatsApp message makes a lead or finds it by its exact number."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crmbridge.domain.sales.scoring.intake import IntakeRules, KnownLead, exact_match, intake
from crmbridge.domain.sales.scoring.notes import ai_notes, note_of_message
from crmbridge.domain.sales.scoring.owners import DATA, Owner, owners_from

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
RULES = IntakeRules(owners=owners_from({**DATA, "users": {"default": "u1", "high_value": "u2"}}))
FACTS = {
    "name": "Bia Alves",
    "phone": "+5581900000001",
    "whatsapp_number": "+5581900000001",
    "energy_bill_value": 4200,
    "solution_interest": "telhado",
    "timeline": "imediato",
    "competitor": "Sunny Ltda",
    "message_count": 12,
    "avg_response_time_s": 45,
    "observations": "Prefere falar à tarde.",
}


def test_a_first_message_makes_a_lead_with_everything_known():
    found = intake(RULES, FACTS, candidates=[], now=NOW)
    assert (found.action, found.record_id, found.owner) == ("create", "", Owner("u2", "high_value"))
    assert found.score.value == 80
    assert found.fields | {"ai_notes": ""} == {
        "lead_source": "WhatsApp",
        "whatsapp_number": "+5581900000001",
        "energy_bill_value": "4200",
        "solution_type": "Desconto <R$4000",
        "competitor": "Sunny Ltda",
        "qualification_score": 80,
        "ai_notes": "",
    }
    assert found.tags.add[:2] == ("WhatsApp Lead", "Lead Quente")
    assert found.note.startswith("Lead criado via WhatsApp AI\n\n**Perfil do Lead**")


def test_a_known_lead_is_updated_and_keeps_its_owner():
    known = KnownLead("r7", "+55 81 90000-0001", tags=("Lead Frio", "VIP"), owner_id="u5")
    found = intake(RULES, FACTS, candidates=[known], now=NOW)
    assert (found.action, found.record_id, found.owner, found.tags.remove) == ("update", "r7", None, ("Lead Frio",))
    assert found.note.startswith("Lead atualizado via WhatsApp AI\n\nScore: 80\n**Perfil do Lead**")


@pytest.mark.parametrize(
    ("agent", "current", "stage"),
    [
        (None, "", "new"),
        ("identifying", "", "in_qualification"),
        ("identifying", "new", "in_qualification"),
        ("scheduled", "meeting_scheduled", "meeting_confirmed"),
        ("identifying", "proposal_sent", "proposal_sent"),
        ("scheduling", "won", "won"),
        ("scheduling", "lost", "lost"),
        ("identifying", "a stage of people", "a stage of people"),
    ],
)
def test_the_stage_follows_the_conversation_and_never_goes_back(agent, current, stage):
    known = [KnownLead("r7", "+5581900000001", stage=current)] if current else []
    assert intake(RULES, {**FACTS, "qualification_stage": agent}, candidates=known, now=NOW).stage == stage


def test_a_named_person_takes_over_a_known_lead():
    known = KnownLead("r7", "+5581900000001", owner_id="u5")
    assert intake(RULES, FACTS, candidates=[known], named_owner="u6", now=NOW).owner == Owner("u6", "named")


def test_a_known_lead_of_nobody_gets_an_owner():
    assert intake(RULES, FACTS, candidates=[KnownLead("r7", "+5581900000001")], now=NOW).owner == Owner(
        "u2", "high_value"
    )


@pytest.mark.parametrize(
    ("held", "wanted", "is_same"),
    [
        ("+55 (81) 90000-0001", "5581900000001", True),
        ("81900000001", "5581900000001", False),
        ("558190000001", "5581900000001", False),
        ("", "", False),
        ("+5581900000001x2", "5581900000001", False),
    ],
)
def test_only_the_exact_number_is_the_same_lead(held, wanted, is_same):
    assert (exact_match([KnownLead("r1", held)], wanted) is not None) == is_same


def test_of_several_leads_with_one_number_the_same_is_found_every_time():
    both = [KnownLead("r2", "5581900000001"), KnownLead("r1", "5581900000001")]
    assert exact_match(both, "5581900000001") == exact_match(both[::-1], "5581900000001") == both[1]


def test_the_notes_are_laid_out_as_the_founding_document_says():
    assert ai_notes(FACTS) == (
        "**Perfil do Lead**\n- Nome: Bia Alves\n- Telefone: +5581900000001\n- Valor da conta: R$ 4200.00\n\n"
        "**Interesse Principal**\n- Solução: telhado\n- Timeline: imediato\n\n"
        "**Situação Atual**\n- Concorrente: Sunny Ltda\n\n"
        "**Análise de Qualificação**\n- Estágio: initial\n- Mensagens trocadas: 12\n- Tempo médio de resposta: 45s\n\n"
        "**Observações**\nPrefere falar à tarde."
    )


def test_the_notes_of_a_stranger_say_what_is_not_known():
    assert ai_notes({}) == (
        "**Perfil do Lead**\n- Nome: Não informado\n- Telefone: Não informado\n- Valor da conta: R$ 0.00\n\n"
        "**Análise de Qualificação**\n- Estágio: initial\n- Mensagens trocadas: 0\n"
        "- Tempo médio de resposta: Não informado"
    )


def test_each_message_is_kept_with_its_sender_and_time():
    assert note_of_message("Oi!", sender="lead", at="01/03 09:00") == "WhatsApp 01/03 09:00 · Lead:\nOi!"
