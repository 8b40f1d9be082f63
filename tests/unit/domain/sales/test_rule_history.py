"""What rules would have done, what they did, and what to look at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crmbridge.domain.sales.automation.default_rules import DATA, default_rules
from crmbridge.domain.sales.automation.engine import Event
from crmbridge.domain.sales.automation.history import (
    Outcomes,
    Recorded,
    Result,
    dry_run,
    outcomes_by,
    success_percent,
    suggestions,
)
from crmbridge.domain.sales.automation.pipelines import default_pipeline
from crmbridge.domain.sales.automation.rules import known, rules_from
from crmbridge.domain.sales.follow_ups.sequences import default_sequences

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)
ZONE = "America/Recife"
NAMES = known(default_pipeline(), default_sequences())


def _event(event_id, *, at, facts):
    return Event(event_id=event_id, type="stage_change", entity_id="d1", at=at, facts=facts)


def _rule(name):
    return {"id": name, "name": name, "when": {"type": "stage_change"}, "then": [{"do": "add_note", "text": "x"}]}


def test_a_dry_run_tells_what_rules_would_have_done():
    events = [
        _event(f"e{number}", at=NOW + timedelta(days=number), facts={"from_stage": "x", "stage": stage})
        for number, stage in enumerate(["won", "lost", "won"])
    ]
    tried = dry_run(default_rules(), reversed(events), zone_name=ZONE)
    assert [each.rule_id for each in tried.executions] == ["deal_won", "deal_lost", "deal_won"]
    assert (tried.actions["deal_won"], tried.actions["deal_lost"]) == (4, 2)
    assert set(tried.idle) == {each["id"] for each in DATA["rules"]} - {"deal_won", "deal_lost"}


def test_success_is_counted_without_what_was_stopped():
    results: list[Result] = ["success", "failed", "stopped", "success"]
    assert success_percent([Recorded("r", "d", NOW, result) for result in results]) == 66
    assert success_percent([Recorded("r", "d", NOW, "stopped")]) is None
    assert success_percent([]) is None


def test_rules_that_never_run_fail_or_are_stopped_are_suggested():
    rules = rules_from({"rules": [_rule(name) for name in ("idle", "bad", "good", "loop")]}, NAMES)
    recorded = [
        *(Recorded("bad", "d", NOW, "failed" if number < 2 else "success", "no such user") for number in range(6)),
        *(Recorded("good", "d", NOW, "success") for _ in range(6)),
        Recorded("loop", "d", NOW, "stopped"),
    ]
    assert suggestions(rules, recorded) == (
        "idle has never run: are its conditions too narrow?",
        "bad fails in 34 of 100 actions, lately: no such user",
        "loop was stopped by the brake on loops",
    )


def test_wins_and_losses_are_counted_by_what_they_share():
    deals = [
        {"outcome": "won", "source": "WhatsApp"},
        {"outcome": "lost", "source": "WhatsApp", "competitor": "Sunny Ltda"},
        {"outcome": "lost"},
        {"outcome": "open", "source": "WhatsApp"},
    ]
    assert outcomes_by(deals, "source") == {"WhatsApp": Outcomes(1, 1), "unknown": Outcomes(0, 1)}
    assert outcomes_by(deals, "competitor") == {"Sunny Ltda": Outcomes(0, 1), "unknown": Outcomes(1, 1)}
