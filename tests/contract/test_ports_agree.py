"""The record store in memory and the one on DynamoDB say the same, whatever is saved in whatever order."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crmbridge.domain.records import LastChange, Link, Record, entity_of
from crmbridge.ports import Save
from tests.contract._ports import Ports, opened

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDS = tuple(f"{prefix}_{number:026d}" for prefix in ("con", "com") for number in range(4))
INTEGRATIONS = ("int_hub", "int_sf")
EXTERNAL_IDS = ("", "1", "2", "3")
EMAILS = (None, "ana@example.com", "bo@example.com")
PHONES = (None, "+4915112345678", "+4915112345679")

values = st.fixed_dictionaries({}, optional={
    "email": st.sampled_from(EMAILS),
    "phone": st.sampled_from(PHONES),
    "mobile_phone": st.sampled_from(PHONES),
    "domain": st.sampled_from((None, "example.com")),
    "city": st.sampled_from(("Oslo", "Bern")),
})  # fmt: skip
links = st.dictionaries(st.sampled_from(INTEGRATIONS), st.sampled_from(EXTERNAL_IDS))
due = st.dictionaries(st.sampled_from(INTEGRATIONS), st.sampled_from((0, int(NOON.timestamp()) + 60)))
drafts = st.tuples(
    st.sampled_from(IDS), values, links, due, st.booleans(), st.sampled_from(("now", "now", "now", "old", "new"))
)
"""Record id, fields, links, due work, tombstone or not, and which state the writer believes to be stored."""


class TwoStores(RuleBasedStateMachine):
    """Gives both stores the same saves, fresh and stale, and compares what they answer."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stores: list[Ports] = [self.stack.enter_context(opened(room)) for room in ("memory", "moto")]
        self.history: dict[str, list[Record]] = {each: [] for each in IDS}
        self.ticks = 0

    def teardown(self) -> None:
        with self.stack:
            self.say_the_same()

    @rule(batch=st.lists(drafts, min_size=1, max_size=6, unique_by=lambda draft: draft[0]))
    def save(self, batch) -> None:
        saves = [self._save(draft) for draft in batch]
        in_memory, on_dynamodb = (ports.records.save_many(saves) for ports in self.stores)
        assert in_memory == on_dynamodb
        for save, is_stored in zip(saves, in_memory, strict=True):
            if is_stored:
                self.history[save.after.record_id].append(save.after)
        outcomes.update("stored" if each else "refused" for each in in_memory)

    def say_the_same(self) -> None:
        in_memory, on_dynamodb = (self._everything(ports) for ports in self.stores)
        assert in_memory == on_dynamodb

    @invariant()
    def hold_what_was_stored_last(self) -> None:
        last = {each: history[-1] for each, history in self.history.items() if history}
        for ports in self.stores:
            assert ports.records.get_many("acme", IDS) == last

    def _save(self, draft) -> Save:
        record_id, fields, external_ids, due_for, is_tombstone, belief = draft
        history = self.history[record_id]
        before = {"now": history[-1:], "old": history[:1], "new": []}[belief]
        self.ticks += 1
        after = Record(
            "acme",
            record_id,
            entity_of(record_id),
            fields=fields,
            links={key: Link(key, external_id) for key, external_id in external_ids.items()},
            due_for=due_for,
            deleted_at=NOON if is_tombstone else None,
            last=LastChange("changed", "int_hub", NOON + timedelta(milliseconds=self.ticks)),
        )
        return Save(before[0] if before else None, replace(after, rev=before[0].rev + 1 if before else 1))

    def _everything(self, ports: Ports) -> list[object]:
        records, found = ports.records, list[object]()
        found.append(records.get_many("acme", IDS))
        for entity in ("contact", "company"):
            page = records.list_records("acme", entity, cursor=None, limit=3)
            found += [page, records.list_records("acme", entity, cursor=page.next_cursor, limit=3)]
            found.append(records.find_key("acme", entity, "email", [each for each in EMAILS if each]))
            found.append(records.find_key("acme", entity, "phone", [each for each in PHONES if each]))
            found.append(records.find_key("acme", entity, "domain", ["example.com"]))
            for integration_id in INTEGRATIONS:
                found.append(records.find_external("acme", integration_id, entity, EXTERNAL_IDS))
                for limit, wait_s in ((9, 0), (2, 60)):
                    now = NOON + timedelta(seconds=wait_s)
                    found.append(records.due("acme", entity, integration_id, now=now, limit=limit))
        return found


outcomes: Counter[str] = Counter()


@pytest.mark.slow
def test_memory_and_dynamodb_agree_on_every_save() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(TwoStores, settings=settings(max_examples=16, stateful_step_count=8))
    assert min(outcomes["stored"], outcomes["refused"]) > 25, "the machine must see both ends"
