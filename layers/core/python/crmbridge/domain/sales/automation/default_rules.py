"""The founding actions of each stage, as the rules a workspace starts from."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

from crmbridge.domain.sales.automation.pipelines import default_pipeline
from crmbridge.domain.sales.automation.rules import Rule, known, rules_from
from crmbridge.domain.sales.follow_ups.sequences import default_sequences

Data: TypeAlias = dict[str, Any]

HOUR, DAY = 60, 24 * 60
MEETING = "meeting_datetime"


def _rule(rule_id: str, stage: str, *actions: Data, when: list[Data] | None = None) -> Data:
    return {
        "id": rule_id,
        "name": rule_id.replace("_", " "),
        "when": {"type": "stage_change", "to": [stage]},
        "if": when or [],
        "then": list(actions),
    }


def _task(text: str, *, in_min: int = 0, before: str = "", task_type: str = "call", priority: str = "normal") -> Data:
    due: Data = {"in_min": in_min, **({"before": before} if before else {})}
    return {"do": "create_task", "text": text, "task_type": task_type, "priority": priority, "due": due}


def _note(text: str) -> Data:
    return {"do": "add_note", "text": text}


def _follow_up(sequence: str) -> Data:
    return {"do": "schedule_follow_up", "sequence": sequence}


def _score(operator: str, value: int) -> Data:
    return {"field": "score", "operator": operator, "value": value}


HAS_MEETING = [{"field": MEETING, "operator": "is_known"}]

DATA: Data = {
    "rules": [
        _rule(
            "qualification_starts",
            "in_qualification",
            _task("Iniciar qualificação via WhatsApp", in_min=30),
            _note("Lead entrou em processo de qualificação automática"),
        ),
        _rule(
            "hot_lead_qualified",
            "qualified",
            _task("URGENTE: Contatar lead quente para agendamento", in_min=HOUR, priority="high"),
            {"do": "notify", "text": "Lead quente qualificado!", "to": "owner"},
            when=[_score("at_least", 70)],
        ),
        _rule(
            "warm_lead_qualified",
            "qualified",
            _follow_up("24h"),
            when=[_score("at_least", 40), _score("less_than", 70)],
        ),
        _rule("cold_lead_qualified", "qualified", _follow_up("7d"), when=[_score("less_than", 40)]),
        _rule(
            "meeting_scheduled",
            "meeting_scheduled",
            _follow_up("meeting_confirmation"),
            _task("Preparar material para reunião", in_min=2 * HOUR, before=MEETING),
            _note(f"Reunião agendada para {{{MEETING}}}\nConfirmação automática programada"),
            when=HAS_MEETING,
        ),
        _rule(
            "meeting_confirmed",
            "meeting_confirmed",
            _task("Realizar reunião com cliente", before=MEETING, task_type="meet"),
            when=HAS_MEETING,
        ),
        _rule(
            "negotiation_starts",
            "in_negotiation",
            _task("Preparar proposta personalizada", in_min=DAY),
            _task("Calcular economia detalhada", in_min=DAY),
        ),
        _rule(
            "proposal_sent",
            "proposal_sent",
            _task("Verificar se cliente recebeu proposta", in_min=2 * DAY),
            _task("Follow-up da proposta - tirar dúvidas", in_min=5 * DAY),
            _task("Último follow-up antes de arquivar", in_min=10 * DAY),
        ),
        _rule(
            "deal_won",
            "won",
            _note("🎉 Negócio fechado com sucesso! Parabéns!"),
            _task("Iniciar processo de onboarding do cliente", in_min=DAY),
        ),
        _rule(
            "deal_lost",
            "lost",
            _note("Negócio perdido. Importante coletar feedback para melhorias."),
            _task("Coletar feedback sobre perda do negócio", in_min=7 * DAY),
        ),
    ]
}


@cache
def default_rules() -> tuple[Rule, ...]:
    """Return the founding rules."""
    return rules_from(DATA, known(default_pipeline(), default_sequences()))
