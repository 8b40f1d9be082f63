"""Notes about a lead, in Portuguese, as the founding document lays them out."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from crmbridge.domain.sales.facts import Fact, Facts, is_known, number
from crmbridge.domain.sales.scoring.scores import Score

CREATED = "Lead criado via WhatsApp AI"
UPDATED = "Lead atualizado via WhatsApp AI"
NOT_TOLD = "Não informado"


def ai_notes(facts: Facts) -> str:
    """Return profile, main interest, present situation, qualification and remarks of a lead.

    Sections without anything known are left out, except profile and qualification.
    """
    return "\n\n".join("\n".join(section) for section in _sections(facts))


def _sections(facts: Facts) -> Iterator[list[str]]:
    yield [
        "**Perfil do Lead**",
        f"- Nome: {_said(facts, 'name')}",
        f"- Telefone: {_said(facts, 'phone')}",
        f"- Valor da conta: R$ {_money(facts.get('energy_bill_value'))}",
    ]
    if is_known(facts.get("solution_interest")):
        yield [
            "**Interesse Principal**",
            f"- Solução: {facts['solution_interest']}",
            f"- Timeline: {_said(facts, 'timeline', 'Não definido')}",
        ]
    situation = [
        f"- {label}: {facts[name]}"
        for label, name in (("Concorrente", "competitor"), ("Desconto atual", "current_discount"))
        if is_known(facts.get(name))
    ]
    if situation:
        yield ["**Situação Atual**", *situation]
    seconds = facts.get("avg_response_time_s")
    yield [
        "**Análise de Qualificação**",
        f"- Estágio: {_said(facts, 'qualification_stage', 'initial')}",
        f"- Mensagens trocadas: {_said(facts, 'message_count', '0')}",
        f"- Tempo médio de resposta: {f'{seconds}s' if is_known(seconds) else NOT_TOLD}",
    ]
    if is_known(facts.get("observations")):
        yield ["**Observações**", str(facts["observations"])]


def note_on_creation(facts: Facts) -> str:
    """Return the first note of a lead that was made from a WhatsApp message."""
    return f"{CREATED}\n\n{ai_notes(facts)}"


def note_on_update(facts: Facts, score: Score) -> str:
    """Return the note of a lead that was there already and has been updated."""
    return f"{UPDATED}\n\nScore: {score.value}\n{ai_notes(facts)}"


def note_of_message(text: str, *, sender: Literal["lead", "agent"], at: str) -> str:
    """Return one WhatsApp message as the note it is kept as.

    Args:
        text: as it was sent.
        sender: who sent it.
        at: local time of the workspace, for people.
    """
    return f"WhatsApp {at} · {'Lead' if sender == 'lead' else 'Agente'}:\n{text}"


def _said(facts: Facts, name: str, otherwise: str = NOT_TOLD) -> str:
    value = facts.get(name)
    return str(value) if is_known(value) else otherwise


def _money(value: Fact) -> str:
    amount = number(value) or Decimal(0)
    return f"{amount.quantize(Decimal('0.01'), ROUND_HALF_UP)}"
