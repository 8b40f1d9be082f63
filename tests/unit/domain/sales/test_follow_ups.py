"""Three tries, never after an answer, never twice."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.adapters.memory.documents import MemoryDocuments
from crmbridge.domain.sales.follow_ups.decisions import Plan, judge, lost_note, plan
from crmbridge.domain.sales.follow_ups.quiet_hours import QuietHours, may_send
from crmbridge.domain.sales.follow_ups.sequences import default_sequences, sequences_from
from crmbridge.domain.sales.follow_ups.silence import LeadState, fell_silent, replied, was_sent
from crmbridge.domain.sales.follow_ups.states import (
    NEXT,
    FollowUp,
    StepFigures,
    figures,
    moved,
    note_text,
    postponed,
    task_text,
)
from crmbridge.domain.sales.follow_ups.window import Channel
from crmbridge.errors import ConflictError, RequestRejectedError
from crmbridge.ports import Document

ZONE = "America/Recife"
NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)  # noon in Recife
RULES = QuietHours()
SILENCE = default_sequences()["silence"]
LEAD = LeadState(zone=ZONE, silent_since=NOW, last_inbound_at=NOW - timedelta(minutes=5))


def _follow_up(**change):
    given = {
        "follow_up_id": "f1",
        "lead_id": "l1",
        "sequence": "silence",
        "step": 0,
        "kind": "immediate",
        "channel": "whatsapp",
        "counts": True,
        "planned_at": NOW,
        "due_at": NOW,
        "at": NOW,
    }
    return FollowUp(**{**given, **change})  # pyright: ignore[reportArgumentType] - each test changes another field


# -------------------------------------------------------------------------------------------------- planning


@pytest.mark.parametrize(
    ("name", "steps", "tries"),
    [
        ("silence", [(30, "immediate", True), (24 * 60, "daily", True), (72 * 60, "default", True)], 3),
        ("24h", [(24 * 60, "daily", True)], 3),
        ("7d", [(7 * 24 * 60, "re_engagement", False)], 3),
        ("proposal", [(2 * 24 * 60, "proposal", False)], 3),
        ("repair", [(14 * 24 * 60, "repair", False)], 3),
    ],
)
def test_the_default_sequences_wait_as_the_founding_document_says(name, steps, tries):
    sequence = default_sequences()[name]
    assert [(int(step.after / timedelta(minutes=1)), step.kind, step.counts) for step in sequence.steps] == steps
    assert sequence.tries == tries
    assert (sequence.gives_up_after is not None) == (name == "silence")


@pytest.mark.parametrize(
    ("done", "at"),
    [
        (0, NOW + timedelta(minutes=30)),
        (1, NOW + timedelta(hours=24)),
        (2, NOW + timedelta(hours=72)),
    ],
)
def test_steps_count_from_the_beginning_of_the_silence(done, at):
    lead = replace(LEAD, tries=done)
    assert plan(SILENCE, lead, RULES, done=done, now=NOW) == Plan("step", done, at)


def test_a_step_that_falls_into_the_night_goes_out_in_the_morning():
    lead = replace(LEAD, silent_since=NOW.replace(hour=23, minute=50))  # 20:50 in Recife
    assert plan(SILENCE, lead, RULES, done=0, now=NOW).at == datetime(2027, 3, 2, 12, tzinfo=UTC)


def test_a_step_that_was_missed_goes_out_at_once_rather_than_never():
    late = NOW + timedelta(hours=5)
    assert plan(SILENCE, LEAD, RULES, done=0, now=late).at == late


def test_three_unanswered_tries_and_the_waiting_time_of_the_last_one_lose_the_lead():
    sent = NOW + timedelta(hours=72)
    lead = replace(LEAD, tries=3, last_sent_at=sent)
    assert plan(SILENCE, lead, RULES, done=3, now=sent) == Plan("give_up", 3, sent + timedelta(hours=72))
    assert lost_note(3) == "Lead não respondeu após 3 tentativas de follow-up. Marcado como perdido."


@pytest.mark.parametrize(
    "lead",
    [
        replace(LEAD, silent_since=None),
        replace(LEAD, outcome="won"),
        replace(LEAD, outcome="lost"),
        replace(LEAD, has_opted_out=True),
    ],
)
def test_nothing_is_planned_for_a_lead_that_talks_is_closed_or_has_opted_out(lead):
    assert plan(SILENCE, lead, RULES, done=0, now=NOW) == Plan("nothing")


def test_a_sequence_without_giving_up_ends_in_nothing():
    assert plan(default_sequences()["7d"], replace(LEAD, last_sent_at=NOW), RULES, done=1, now=NOW) == Plan("nothing")


def test_steps_beyond_the_tries_are_passed_over_unless_they_do_not_count():
    steps = [{"after_min": 10 * number, "kind": "default", "counts": number != 4} for number in (1, 2, 3, 4)]
    sequence = sequences_from({"sequences": [{"name": "s", "tries": 2, "steps": steps}]})["s"]
    found = plan(sequence, replace(LEAD, tries=2), RULES, done=2, now=NOW)
    assert (found.what, found.step) == ("step", 3)


def test_a_reply_resets_the_tries():
    lead = LEAD
    for step in SILENCE.steps[:2]:
        lead = was_sent(lead, step, at=NOW)
    assert lead.tries == 2
    lead = replied(lead, "Oi, desculpe a demora", at=NOW)
    assert (lead.tries, lead.silent_since, lead.last_inbound_at) == (0, None, NOW)
    assert plan(SILENCE, fell_silent(lead, at=NOW), RULES, done=0, now=NOW).step == 0


def test_confirmations_and_re_engagements_are_no_tries():
    assert was_sent(LEAD, default_sequences()["7d"].steps[0], at=NOW).tries == 0


def test_a_silence_keeps_its_beginning():
    assert fell_silent(LEAD, at=NOW + timedelta(hours=1)).silent_since == NOW


def test_opting_out_lasts_until_the_lead_asks_for_messages_again():
    out = replied(LEAD, "SAIR", at=NOW)
    assert out.has_opted_out
    assert replied(out, "quanto custa?", at=NOW).has_opted_out
    assert not replied(out, "VOLTAR", at=NOW).has_opted_out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"steps": []}, r"sequences\[0\]\.steps must hold at least one step"),
        (
            {"steps": [{"after_min": 9, "kind": "daily"}, {"after_min": 5, "kind": "daily"}]},
            "steps must be in the order of their waiting times",
        ),
        ({"steps": [{"after_min": -1, "kind": "daily"}]}, r"steps\[0\]\.after_min must be a whole number from 0"),
        ({"steps": [{"after_min": 1, "kind": "x"}]}, r"steps\[0\]\.kind must be one of daily"),
        ({"steps": [{"after_min": 1, "kind": "daily", "channel": "fax"}]}, r"channel must be one of email, whatsapp"),
        ({"tries": 0}, r"sequences\[0\]\.tries must be a whole number from 1 to 20, not 0"),
        ({"gives_up_after_min": 5}, "gives_up_after_min is for a sequence with gives_up true"),
    ],
)
def test_a_wrong_sequence_is_refused_in_words(change, words):
    sequence = {"name": "s", "steps": [{"after_min": 1, "kind": "daily"}], **change}
    with pytest.raises(RequestRejectedError, match=words):
        sequences_from({"sequences": [sequence]})


def test_two_sequences_of_one_name_are_refused():
    one = {"name": "s", "steps": [{"after_min": 1, "kind": "daily"}]}
    with pytest.raises(RequestRejectedError, match="sequences must not have two of one name"):
        sequences_from({"sequences": [one, one]})


# --------------------------------------------------------------------------------------------------- sending


def _judged(
    follow_up=None, lead=LEAD, *, step=SILENCE.steps[0], now=NOW, template="", channel: Channel = "whatsapp_cloud"
):
    return judge(follow_up or _follow_up(), step, lead, RULES, channel=channel, template=template, now=now)


@pytest.mark.parametrize(
    ("lead", "reason"),
    [
        (replace(LEAD, last_inbound_at=NOW + timedelta(seconds=1)), "the lead has replied"),
        (replace(LEAD, outcome="won"), "the lead is won"),
        (replace(LEAD, outcome="lost"), "the lead is lost"),
        (replace(LEAD, has_opted_out=True), "the lead has opted out"),
    ],
)
def test_what_ended_the_silence_cancels_the_message(lead, reason):
    verdict = _judged(lead=lead, now=NOW + timedelta(minutes=5))
    assert (verdict.verb, verdict.because) == ("cancel", reason)


@pytest.mark.parametrize("state", [state for state in NEXT if state != "scheduled"])
def test_what_was_sent_or_cancelled_already_is_not_sent_again(state):
    assert _judged(_follow_up(state=state)).verb == "cancel"


def test_a_due_message_goes_out_as_text_or_template_or_not_at_all():
    assert (_judged().verb, _judged().shape) == ("send", "text")
    old = replace(LEAD, last_inbound_at=NOW - timedelta(hours=25))
    assert _judged(lead=old, template="daily_pt").shape == "template"
    assert (_judged(lead=old).verb, _judged(lead=old, channel="evolution").shape) == ("cancel", "text")


def test_a_message_that_wakes_early_or_at_night_waits():
    early = _judged(_follow_up(due_at=NOW + timedelta(minutes=1)))
    assert (early.verb, early.until) == ("wait", NOW + timedelta(minutes=1))
    night = _judged(now=NOW.replace(hour=23, minute=59) + timedelta(minutes=1))  # 21:00 in Recife
    assert (night.verb, night.until) == ("wait", datetime(2027, 3, 2, 12, tzinfo=UTC))


def test_a_confirmation_may_go_at_eight_and_survives_a_reply():
    sequence = sequences_from(
        {"sequences": [{"name": "c", "steps": [{"after_min": 0, "kind": "meeting_confirmation", "counts": False}]}]}
    )["c"]
    eight = datetime(2027, 3, 2, 11, tzinfo=UTC)
    lead = replace(LEAD, last_inbound_at=eight - timedelta(hours=3))
    confirmation = _follow_up(kind="meeting_confirmation", due_at=eight)
    assert _judged(confirmation, lead, step=sequence.steps[0], now=eight).verb == "send"
    assert _judged(_follow_up(due_at=eight), replace(lead, last_inbound_at=NOW), now=eight).verb == "wait"


@given(
    st.datetimes(min_value=datetime(2027, 1, 1), max_value=datetime(2028, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
    st.booleans(),
    st.sampled_from(["open", "won", "lost"]),
    st.integers(-100, 100),
    st.sampled_from(["America/Recife", "America/New_York", "Asia/Tokyo", "Europe/Lisbon"]),
)
def test_whatever_wakes_a_message_it_leaves_only_when_everything_allows_it(now, opted_out, outcome, replied_min, zone):
    follow_up = _follow_up(planned_at=now - timedelta(hours=1), due_at=now)
    inbound = follow_up.planned_at + timedelta(minutes=replied_min)
    lead = LeadState(zone=zone, silent_since=now, last_inbound_at=inbound, outcome=outcome, has_opted_out=opted_out)
    verdict = _judged(follow_up, lead, now=now)
    if verdict.verb == "send":
        assert not opted_out
        assert outcome == "open"
        assert replied_min <= 0
        assert may_send(RULES, "selling", zone, now)
    assert (verdict.until is not None) == (verdict.verb == "wait")


# ---------------------------------------------------------------------------------------------------- states


def test_each_state_leads_only_to_those_that_may_follow():
    for before, after in itertools.product(NEXT, NEXT):
        follow_up = _follow_up(state=before)
        if after in NEXT[before]:
            assert moved(follow_up, after, now=NOW, because="x").state == after
        else:
            with pytest.raises(ConflictError, match=f"follow-up f1 is {before} already, so not {after}"):
                moved(follow_up, after, now=NOW)


def test_nothing_goes_out_that_was_not_claimed():
    assert NEXT["scheduled"] == {"sending", "cancelled"}


def test_nothing_leads_back_to_scheduled():
    assert all("scheduled" not in after for after in NEXT.values())


def test_only_what_is_scheduled_can_wait():
    later = NOW + timedelta(hours=1)
    assert postponed(_follow_up(), until=later).due_at == later
    with pytest.raises(ConflictError, match="is sending already, so it cannot wait"):
        postponed(_follow_up(state="sending"), until=later)


def _act(documents, state, sent):
    """Read, move and store; sending happens after the claim was stored. Others may act in between."""
    document = documents.get("w", "f1")
    yield
    try:
        moved(_follow_up(state=document.body["state"]), state, now=NOW)
        documents.put(replace(document, body={"state": state}))
    except ConflictError:
        return
    yield
    sent.append(state)


@pytest.mark.parametrize("actors", [("sending", "cancelled"), ("sending", "sending", "cancelled"), ("sending",) * 3])
def test_of_cancelling_and_sending_exactly_one_happens_in_every_order(actors):
    steps = [place for place in range(len(actors)) for _ in range(3)]
    for order in set(itertools.permutations(steps)):
        documents, done = MemoryDocuments(now=lambda: NOW), []
        documents.put(Document("w", "f1", {"state": "scheduled"}))
        running = [_act(documents, state, done) for state in actors]
        for place in order:
            next(running[place], None)
        assert len(done) == 1, order


def test_a_lost_answer_is_never_sent_again_and_may_still_be_learnt():
    unsure = moved(moved(_follow_up(), "sending", now=NOW), "unsure", now=NOW)
    assert _judged(unsure).verb == "cancel"
    assert moved(unsure, "delivered", now=NOW).state == "delivered"


@pytest.mark.parametrize(
    ("state", "note"),
    [
        ("scheduled", ""),
        ("sending", ""),
        ("sent", "Follow-up automático enviado: immediate"),
        ("read", "Follow-up automático enviado: immediate"),
        ("unsure", "Follow-up automático sem confirmação de envio: immediate"),
        ("failed", "Follow-up automático não enviado: immediate\n131026 undeliverable"),
        ("cancelled", "Follow-up automático cancelado: immediate\n131026 undeliverable"),
    ],
)
def test_the_crm_gets_a_task_and_a_note_with_the_vendors_words(state, note):
    follow_up = _follow_up(state=state, because="131026 undeliverable")
    assert note_text(follow_up) == note
    assert task_text(follow_up) == "Follow-up automático: immediate"


def test_figures_count_each_step_and_credit_a_conversion_to_the_last_message_before():
    hour = timedelta(hours=1)
    found = figures(
        [
            _follow_up(follow_up_id="1", state="read", at=NOW, answered_at=NOW + hour),
            _follow_up(follow_up_id="2", lead_id="l2", state="failed"),
            _follow_up(follow_up_id="3", step=1, state="delivered", at=NOW + 2 * hour),
            _follow_up(follow_up_id="4", step=2, state="cancelled", at=NOW + 3 * hour),
            _follow_up(follow_up_id="5", step=2, lead_id="l2"),
        ],
        converted={"l1": NOW + 4 * hour, "l2": NOW + 4 * hour},
    )
    assert found == {
        ("silence", 0): StepFigures(scheduled=2, sent=1, delivered=1, read=1, answered=1, failed=1),
        ("silence", 1): StepFigures(scheduled=1, sent=1, delivered=1, converted=1),
        ("silence", 2): StepFigures(scheduled=2, cancelled=1),
    }
