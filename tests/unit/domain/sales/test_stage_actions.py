"""The founding actions of every stage, as the default rules plan them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.domain.sales.automation.default_rules import default_rules
from crmbridge.domain.sales.automation.engine import Event, plan

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)
MEETING = datetime(2027, 3, 5, 18, tzinfo=UTC)  # 15:00 in Recife
ZONE = "America/Recife"


def _done(stage, **facts):
    event = Event(
        event_id="e1",
        type="stage_change",
        entity_id="d1",
        at=NOW,
        facts={"stage": stage, "from_stage": "before", **facts},
    )
    executions = plan(default_rules(), event, zone_name=ZONE)
    return [
        (action.kind, action.params.get("text") or action.params.get("sequence"), action.due_at and action.due_at - NOW)
        for execution in executions
        for action in execution.actions
    ]


def _hours(count):
    return timedelta(hours=count)


def _days(count):
    return timedelta(days=count)


URGENT = [
    ("create_task", "URGENTE: Contatar lead quente para agendamento", _hours(1)),
    ("notify", "Lead quente qualificado!", None),
]
WARM, COLD = [("schedule_follow_up", "24h", None)], [("schedule_follow_up", "7d", None)]


@pytest.mark.parametrize(
    ("stage", "facts", "actions"),
    [
        ("new", {}, []),
        (
            "in_qualification",
            {},
            [
                ("create_task", "Iniciar qualificação via WhatsApp", timedelta(minutes=30)),
                ("add_note", "Lead entrou em processo de qualificação automática", None),
            ],
        ),
        ("qualified", {"score": 100}, URGENT),
        ("qualified", {"score": 70}, URGENT),
        ("qualified", {"score": 69}, WARM),
        ("qualified", {"score": 40}, WARM),
        ("qualified", {"score": 39}, COLD),
        ("qualified", {"score": 0}, COLD),
        (
            "meeting_scheduled",
            {"meeting_datetime": MEETING},
            [
                ("schedule_follow_up", "meeting_confirmation", None),
                ("create_task", "Preparar material para reunião", MEETING - _hours(2) - NOW),
                ("add_note", "Reunião agendada para 05/03/2027 15:00\nConfirmação automática programada", None),
            ],
        ),
        ("meeting_scheduled", {}, []),
        (
            "meeting_confirmed",
            {"meeting_datetime": "2027-03-05T15:00:00-03:00"},
            [("create_task", "Realizar reunião com cliente", MEETING - NOW)],
        ),
        ("meeting_confirmed", {}, []),
        (
            "in_negotiation",
            {},
            [
                ("create_task", "Preparar proposta personalizada", _days(1)),
                ("create_task", "Calcular economia detalhada", _days(1)),
            ],
        ),
        (
            "proposal_sent",
            {},
            [
                ("create_task", "Verificar se cliente recebeu proposta", _days(2)),
                ("create_task", "Follow-up da proposta - tirar dúvidas", _days(5)),
                ("create_task", "Último follow-up antes de arquivar", _days(10)),
            ],
        ),
        (
            "won",
            {},
            [
                ("add_note", "🎉 Negócio fechado com sucesso! Parabéns!", None),
                ("create_task", "Iniciar processo de onboarding do cliente", _days(1)),
            ],
        ),
        (
            "lost",
            {},
            [
                ("add_note", "Negócio perdido. Importante coletar feedback para melhorias.", None),
                ("create_task", "Coletar feedback sobre perda do negócio", _days(7)),
            ],
        ),
    ],
)
def test_a_stage_has_its_founding_actions(stage, facts, actions):
    assert _done(stage, **facts) == actions


def test_a_meetings_task_is_a_meeting_and_a_hot_leads_task_is_urgent():
    rules = {rule.rule_id: rule for rule in default_rules()}
    assert rules["meeting_confirmed"].actions[0].params["task_type"] == "meet"
    assert rules["hot_lead_qualified"].actions[0].params["priority"] == "high"


def test_a_stage_that_did_not_change_does_nothing():
    assert _done("won", from_stage="won") == []


def test_a_meeting_whose_time_nobody_understands_gets_no_task_but_a_note():
    kinds = [kind for kind, _, _ in _done("meeting_scheduled", meeting_datetime="sexta")]
    assert kinds == ["schedule_follow_up", "add_note"]
