"""Follow-ups under doubled wake-ups, killed workers, lost answers, replies and opt-outs, in any order of steps."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.adapters.memory.documents import MemoryDocuments
from crmbridge.domain.sales.follow_ups.codec import follow_up_from, follow_up_to, lead_from, lead_to
from crmbridge.domain.sales.follow_ups.decisions import judge, last_look
from crmbridge.domain.sales.follow_ups.quiet_hours import QuietHours, may_send
from crmbridge.domain.sales.follow_ups.sequences import default_sequences
from crmbridge.domain.sales.follow_ups.silence import LeadState, replied
from crmbridge.domain.sales.follow_ups.states import FollowUp, backed_off, moved, postponed
from crmbridge.errors import ConflictError
from crmbridge.ports import Document

STEP = default_sequences()["silence"].steps[0]
RULES = QuietHours()
START = datetime(2027, 3, 1, 23, 20, tzinfo=UTC)  # 20:20 in Recife: some wake before, some after nine
ZONE = "America/Recife"


class Night:
    """One lead with one follow-up, everything stored, and a channel that remembers what it was given."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.clock = START
        self.documents = MemoryDocuments(now=lambda: self.clock)
        self.sent, self.marked_at, self.wakes = [], None, []
        follow_up = FollowUp(
            follow_up_id="f1",
            lead_id="l1",
            sequence="silence",
            step=0,
            kind="immediate",
            channel="whatsapp",
            counts=True,
            planned_at=START,
            due_at=START + timedelta(minutes=30),
            at=START,
        )
        self.documents.put(Document("w", "f1", follow_up_to(follow_up)))
        lead = LeadState(zone=ZONE, silent_since=START, last_inbound_at=START - timedelta(minutes=1))
        self.documents.put(Document("w", "l1", lead_to(lead)))

    def follow_up(self):
        document = self.documents.get("w", "f1")
        assert document is not None
        return follow_up_from(document.body, version=document.version)

    def lead(self):
        document = self.documents.get("w", "l1")
        assert document is not None
        return lead_from(document.body)

    def store(self, follow_up):
        """Store a follow-up on the condition that it has not moved since it was read."""
        self.documents.put(Document("w", "f1", follow_up_to(follow_up), follow_up.version))

    def work(self):
        """Work one wake-up off; others may act, and this one may die, wherever it waits."""
        follow_up, lead = self.follow_up(), self.lead()
        yield
        verdict = judge(follow_up, STEP, lead, RULES, channel="whatsapp_cloud", template="oi_pt", now=self.clock)
        if verdict.verb == "cancel":
            return
        try:
            if verdict.until is not None:
                self.store(postponed(follow_up, until=verdict.until))
                self.wakes.append(verdict.until)
                return
            self.store(moved(follow_up, "sending", now=self.clock))
        except ConflictError:
            return
        yield
        follow_up = self.follow_up()
        last = last_look(
            follow_up, STEP, self.lead(), RULES, channel="whatsapp_cloud", template="oi_pt", now=self.clock
        )
        if last.verb != "send":
            self.store(backed_off(follow_up, now=self.clock, because=last.because, until=last.until))
            self.wakes += [last.until] if last.until else []
            return
        self.sent.append((self.clock, self.marked_at))
        yield
        # the channel's answer may be lost
        self.store(moved(follow_up, "sent" if self.chance.random() < 0.7 else "unsure", now=self.clock))

    def answer(self, text):
        """Take in a message of the lead: mark the lead first, then cancel what is scheduled."""
        self.marked_at = self.clock
        lead = replied(self.lead(), text, at=self.clock)
        self.documents.put(Document("w", "l1", lead_to(lead)), unconditionally=True)
        yield
        follow_up = self.follow_up()
        yield
        try:
            self.store(moved(follow_up, "cancelled", now=self.clock, because="the lead has replied"))
        except ConflictError:
            return

    def play(self):
        """Let everything happen in some order, until nothing is left to do."""
        running, said = [], self.chance.choice([None, "SAIR", "Oi!"])
        self.wakes = [START + timedelta(minutes=self.chance.randint(0, 60)) for _ in range(3)]
        speaks_at = START + timedelta(minutes=self.chance.randint(0, 60 * 14))
        while running or self.wakes or said:
            if said and self.clock >= speaks_at:
                running.append(self.answer(said))
                said = None
            woken = [at for at in self.wakes if at <= self.clock]
            self.wakes = [at for at in self.wakes if at > self.clock]
            running += [self.work() for _ in woken for _ in range(self.chance.choice([1, 2]))]  # at least once
            each = self.chance.choice(running) if running else None
            is_killed = self.chance.random() < 0.05
            if each is not None and (is_killed or next(each, "done") == "done"):
                running.remove(each)
            if each is None or self.chance.random() < 0.3:
                self.clock += timedelta(minutes=1)
        return self


@pytest.mark.slow
def test_nothing_is_sent_twice_at_night_or_after_an_answer_in_two_thousand_nights():
    nights = [Night(seed).play() for seed in range(2000)]
    assert max(len(night.sent) for night in nights) == 1
    assert [night.sent for night in nights for _, marked_at in night.sent if marked_at is not None] == []
    assert all(may_send(RULES, "selling", ZONE, at) for night in nights for at, _ in night.sent)
    assert 500 < sum(len(night.sent) for night in nights) < 2000  # it does send, and it is kept from it


def test_only_what_is_being_sent_can_be_backed_off_from():
    follow_up = Night(0).follow_up()
    with pytest.raises(ConflictError, match="f1 is scheduled, so nobody can back off from it"):
        backed_off(follow_up, now=START, because="x")


def test_who_backs_off_for_the_night_leaves_the_follow_up_to_be_tried_again():
    claimed = moved(Night(0).follow_up(), "sending", now=START)
    night = START.replace(hour=23, minute=59) + timedelta(minutes=1)  # 21:00 in Recife
    lead = Night(0).lead()
    last = last_look(claimed, STEP, lead, RULES, channel="evolution", template="", now=night)
    assert (last.verb, last.until) == ("wait", datetime(2027, 3, 2, 12, tzinfo=UTC))
    again = backed_off(claimed, now=night, because=last.because, until=last.until)
    assert (again.state, again.due_at) == ("scheduled", last.until)
    assert last_look(again, STEP, lead, RULES, channel="evolution", template="", now=night).verb == "cancel"


def test_follow_ups_and_leads_survive_their_json():
    night = Night(0)
    answered = replace(night.follow_up(), answered_at=START, because="x", state="read")
    assert follow_up_from(follow_up_to(answered), version=answered.version) == answered
    lead = replace(night.lead(), tries=2, last_sent_at=START, has_opted_out=True, outcome="lost")
    assert lead_from(lead_to(lead)) == lead
    assert lead_from(lead_to(LeadState(zone=ZONE, silent_since=None))) == LeadState(zone=ZONE, silent_since=None)
