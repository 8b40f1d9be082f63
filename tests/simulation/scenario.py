"""A story: people at work in several CRMs, faults all around, then peace and a reckoning."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

from crmbridge.domain.messages import ChangeHint, Ticket
from crmbridge.errors import AuthorizationExpiredError, ConflictError, NotFoundError, RequestRejectedError
from crmbridge.services._chronicle import open_decisions, read_history
from crmbridge.services._runs import list_runs
from crmbridge.services.fan_out_changes import StreamChange, fan_out_changes
from crmbridge.services.hub import change_integration, load_integration, load_integrations
from tests.simulation.characters import CHARACTERS
from tests.simulation.crm import SimCrm
from tests.simulation.deciding import answer
from tests.simulation.oracle import ViolationError, problems
from tests.simulation.people import People
from tests.simulation.shapes import BOTH_CHANGE, COMPARED, DECISIONS, POLICIES, REPLAYED, SHAPES, SYNCS, WEIGHTS, Tally
from tests.simulation.weather import PEACE, Weather, choose
from tests.simulation.world import START, WORKSPACE, Crash, World


class Story:
    """Plays one seed."""

    def __init__(
        self,
        seed: int,
        *,
        weather: Weather | None = None,
        trace: Callable[[str], None] | None = None,
        keep: bool = False,
    ) -> None:
        self.seed = seed
        self.trace = trace
        self.digest = hashlib.sha256() if keep or trace else None
        self.dice = random.Random(seed)
        self.weather = weather or choose(self.dice)
        count = 3 if self.dice.random() < 0.2 else 2
        crms = tuple(sorted(self.dice.sample(sorted(CHARACTERS), count)))
        self.policy = self.dice.choice(POLICIES) if self.dice.random() < 0.2 else "default"
        self.on_delete = self.dice.choice(("keep", "propagate"))
        self.world = World(
            seed,
            crms,
            self.dice.choice(SHAPES),
            on_delete=self.on_delete,
            policies=self.policy,
            primary=crms[0] if self.policy == "primary_wins" else "",
        )
        self.people = People(self.world, self.dice, self.say)
        self.people.in_turn = self.weather.settles
        has_bulk = any(CHARACTERS[name].bulk for name in crms)  # what became of a load's rows nobody is told
        self.people.is_sure = not (self.weather.lost or self.weather.crash or has_bulk)
        self.people.pause = self._work_a_while
        self.tally = Tally()
        self._nested = False
        self._pushing = False
        self._polled = 0
        self._rolling = self.weather
        self._heard: list[ChangeHint] = []
        self._twin: tuple[str, str, set[str]] | None = None
        self._twin_rows: tuple[SimCrm, list[str]] | None = None
        if self.digest is not None:
            self.world.on_deliver = self.say
        for crm in self.world.crms.values():
            crm.fault = self._fault
            # where an answer may be lost, nobody can tell a CRM's own spelling of our text from a person's edit
            crm.spells = crm.character.spells and not self.weather.loses
        self.world.is_delivered_again = lambda: self._rolling.again > 0 and self.dice.random() < self._rolling.again
        self._work, self.world._work = self.world._work, self._noted

    # ---------------------------------------------------------------- telling

    def say(self, text: str) -> None:
        """Add a line to the trace."""
        if self.digest is None:
            return
        line = f"{(self.world.time - START).total_seconds():9.2f}  {text}"
        self.digest.update(line.encode())
        if self.trace is not None:
            self.trace(line)

    # ---------------------------------------------------------------- faults

    def _fault(self, kind: str) -> str:
        """Decide what a CRM answers to a call."""
        now = self._rolling
        roll = self.dice.random()
        for name, chance in (("429", now.quota), ("500", now.outage), ("401", now.denied)):
            roll -= chance
            if roll < 0:
                self.say(f"      ! {name} on {kind}")
                if name == "401":
                    raise AuthorizationExpiredError("invalid_grant", provider="sim", status=401)
                return name
        if kind == "write" and self.dice.random() < now.lost:
            self.say("      ! the answer of a write is lost")
            return "lost"
        return ""

    def _watch(self, name: str, call: Callable[[], Any]) -> Any:
        """Stand between the engine and its ports: die before a call or after it, or let others have their turn."""
        now = self._rolling
        if now.meanwhile and name in BOTH_CHANGE and not self._nested and self.dice.random() < now.meanwhile:
            self._meanwhile(name)
        crash = now.crash * WEIGHTS.get(name, 1)
        if crash and self.dice.random() < crash:
            self.say(f"      ! the worker dies before {name}")
            raise Crash
        result = call()
        if crash and self.dice.random() < crash:
            self.say(f"      ! the worker dies after {name}")
            raise Crash
        return result

    def _meanwhile(self, name: str) -> None:
        self._nested = True
        ready = self.world.others_ready()
        self.say(f"      ! meanwhile, at {name}:")
        if ready and self.dice.random() < 0.7:
            self.world.deliver(self.dice.choice(ready))
        elif not self._pushing:  # between our look and our write no client can tell a person's edit
            self.people.edit()
        self._nested = False

    def _noted(self, content: Any) -> None:
        """Remember what is being worked on."""
        if isinstance(content, ChangeHint) and len(self._heard) < REPLAYED:
            self._heard.append(content)
        outer, self._pushing = self._pushing, self._pushing or isinstance(content, Ticket)
        try:
            self._work(content)
        finally:
            self._pushing = outer

    def _mess_with_hints(self) -> None:
        """Lose some webhooks and double others; their order is random anyway."""
        now = self._rolling
        if not (now.unheard or now.doubled):
            return
        for message in self.world.queues.pending("changes"):
            roll = self.dice.random()
            if roll < now.unheard:
                self.say("      ! a webhook is lost")
                self.world.queues.acknowledge(message)
            elif roll < now.unheard + now.doubled:
                self.world.queues.send_changes([message.content])  # type: ignore[list-item] - hints only

    # ---------------------------------------------------------------- the play

    def play(self) -> Story:
        """Have people act and workers work, all mixed; then end the faults and let everything settle."""
        late = self._begin()
        acts = 2 + int(self.dice.random() * 2.6)
        for number in range(acts):
            if late and number == acts // 2:
                self.say(f"{late} is connected only now")
                self._note_twins()
                self.people.away.discard(late)
                self._set_status(late, "active")
                if self.weather.settles:
                    self.world.sync()
                    self._rest()
            self.people.act()
            self._mess_with_hints()
            self._go_on()
        self._end(late)
        return self

    def _begin(self) -> str:
        """Fill the CRMs before anything is read; returns the CRM that is connected later, if any."""
        late = ""
        if self.dice.random() < 0.3:
            late = self.dice.choice(sorted(self.world.crms))
            self._set_status(late, "pending")
            self._twins(late)
        for _ in range(1 + int(self.dice.random() * 2.5)):
            self.people.create()
        if late:
            self.people.away.add(late)
        if self.weather.settles or self.dice.random() < 0.6:
            self.world.sync()
        return late

    def _twins(self, late: str) -> None:
        """Have two rows of one person in one CRM, and one more in the CRM that is connected later."""
        crms = [crm for name, crm in self.world.crms.items() if name != late and not crm.character.unique_email]
        if crms and "contact" in self.world.entities and self.dice.random() < 0.3:
            home = self.dice.choice(crms)
            thing = self.people.create_in(home, "contact", times=2)
            self.people.copy_into(self.world.crms[late], thing)
            rows = thing.rows(self.world.crms[late])
            self._twin_rows = (home, [row.external_id for row in thing.rows(home)])
            self._twin = (late, rows[0].external_id, set())

    def _note_twins(self) -> None:
        """Note which records the two rows of one person belong to before a third one is read."""
        if self._twin is not None and self._twin_rows is not None:
            home, ids = self._twin_rows
            if self._both_stand(home, ids):
                key = f"int_{home.character.name}"
                found = self.world.records.find_external(WORKSPACE, key, "contact", ids)
                self._twin[2].update(found.values())

    def _both_stand(self, home: SimCrm, ids: list[str]) -> bool:
        return len(ids) == sum(key in home.live("contact") for key in ids)

    def _go_on(self) -> None:
        if self.weather.settles:
            self._rest()
            return
        self._work_a_while()
        self._set_watch(on=True)
        if self.dice.random() < 0.15:
            self.world.plan()
        self._set_watch(on=False)
        self._reconnect(0.5)
        self.world.advance(self.dice.random() * 30)

    def _work_a_while(self) -> None:
        if self.weather.settles:
            self._rest()
            return
        self._set_watch(on=True)
        for _ in range(int(self.dice.random() * 7)):
            self.world.step()
        self._set_watch(on=False)

    def _rest(self) -> None:
        """Come to rest, however often something fails; polled CRMs are read too."""
        self._set_watch(on=True)
        self._measured(self.world.settle)
        unheard = sum(crm.changed_by_people for crm in self.world.crms.values() if crm.character.tells == "silent")
        if unheard != self._polled:
            self._polled = unheard
            self._measured(self.world.sync)
        for thing in self.people.things:
            thing.seen(self.world.time, unread=self.people.away)

    def _measured(self, work: Callable[[], object]) -> None:
        """Count the rows that some work changed, and the rows that were written for it."""
        seen, written = self._look(), self.world.total_rows_written()
        work()
        after = self._look()
        due = sum(1 for key in after.keys() | seen.keys() if after.get(key) != seen.get(key))
        self.tally = Tally(self.tally.due + due, self.tally.written + self.world.total_rows_written() - written)

    def _look(self) -> dict[tuple[str, str], Any]:
        return {
            (name, row.external_id): (dict(row.fields), dict(row.refs), row.deleted_at is None)
            for name, crm in self.world.crms.items()
            for rows in crm.rows.values()
            for row in rows.values()
        }

    def _end(self, late: str) -> None:
        """End the faults, let people decide what is theirs to decide, and come to rest."""
        self._rolling = PEACE
        self.world.watch = None
        if late:
            self._set_status(late, "active")
        self._reconnect(1.0)
        self.people.make_good()
        since = self.world.time
        for _ in range(SYNCS):
            self.world.sync()
            if self._is_read(since):
                break
        if self.people.hidden:
            self.world.compare()
        self._check_twins()
        for _ in range(DECISIONS):
            if not self._decide():
                break
            self.world.sync()

    def _is_read(self, since: datetime) -> bool:
        """Tell whether every CRM's changes and deletions were read in a run that began after a moment."""
        runs = [list_runs(self.world.hub, WORKSPACE, f"int_{name}") for name in self.world.crms]
        return all(any(run.started_at >= since and run.mode == "incremental" for run in each) for each in runs)

    def _set_watch(self, *, on: bool) -> None:
        now = self._rolling
        self.world.watch = self._watch if on and (now.crash or now.meanwhile) else None

    def _reconnect(self, chance: float) -> None:
        """Have people connect CRMs again whose grants died."""
        for integration in load_integrations(self.world.hub, WORKSPACE).values():
            if integration.status == "reauth_required" and self.dice.random() < chance:
                self.say(f"{integration.crm} is connected again")
                change_integration(self.world.hub, integration, status="active")

    def _set_status(self, name: str, status: str) -> None:
        integration = load_integration(self.world.hub, WORKSPACE, f"int_{name}")
        change_integration(self.world.hub, integration, status=status)

    def _decide(self) -> bool:
        """Have people decide every open question somehow; tells whether there was one."""
        asked = False
        for question in [dict(each) for each in open_decisions(self.world.hub, WORKSPACE)]:
            if question["kind"] == "twin":
                continue
            asked = True
            self._check_doubt(question)
            self.say(f"people decide {question['kind']} of {question['record_id']}")
            try:
                answer(self.world, self.dice, question)
            except (NotFoundError, RequestRejectedError, ConflictError) as error:
                self.say(f"      {error}")
        return asked

    def _check_doubt(self, question: dict[str, Any]) -> None:
        """See that a record in doubt was written nowhere before people have decided."""
        for name, crm in self.world.crms.items():
            made = [
                row
                for rows in crm.rows.values()
                for row in rows.values()
                if row.correlation_id == question["record_id"]
            ]
            if question["kind"] == "double" and made:
                raise ViolationError(f"seed {self.seed}: {question['record_id']} is in doubt and was made in {name}")
        if question["kind"] == "double" and len(question["candidates"]) < 2:
            raise ViolationError(f"seed {self.seed}: people are asked of {question['record_id']} what is clear")

    def _check_twins(self) -> None:
        """See that nobody guessed which of two people in one CRM a third row in another one is."""
        if self._twin is None:
            return
        name, external_id, owners = self._twin
        owner = self.world.records.find_external(WORKSPACE, f"int_{name}", "contact", [external_id]).get(external_id)
        stand = self._twin_rows is not None and self._both_stand(*self._twin_rows)
        if stand and len(owners) > 1 and owner in owners:
            raise ViolationError(
                f"seed {self.seed}: {external_id} in {name} was taken for {owner}, one of {sorted(owners)}"
            )

    def _check_manual(self) -> None:
        """See that no value lost where people were to decide."""
        for key in self._records() if self.policy == "manual" else ():
            for line in read_history(self.world.hub, WORKSPACE, key):
                if line["lost"]:
                    raise ViolationError(f"seed {self.seed}: of {key} something was decided for people: {line['lost']}")

    # ---------------------------------------------------------------- the reckoning

    def check(self) -> Story:
        """Check every invariant.

        Raises:
            ViolationError: one does not hold; says which, where, and of which thing.
        """
        latest_wins = self.policy == "default"
        found = problems(
            self.world,
            self.people.things,
            on_delete=self.on_delete,
            latest_wins=latest_wins,
            combines=self.policy == "merged",
        )
        for problem in found:
            raise ViolationError(f"seed {self.seed}: {problem}")
        if self.weather.is_calm and self.tally.written != self.tally.due:
            raise ViolationError(f"seed {self.seed}: {self.tally.written} rows written where {self.tally.due} were due")
        self._check_manual()
        if self.seed % COMPARED == 0:
            self._compare_twice()
            self._replay()
        return self

    def _compare_twice(self) -> None:
        written = self.world.total_rows_written()
        for _ in range(2):
            self.world.compare()
        if self.world.total_rows_written() != written:
            raise ViolationError(
                f"seed {self.seed}: {self.world.total_rows_written() - written} writes with nothing to say"
            )

    def _replay(self) -> None:
        """Tell webhooks and stream events once more; nothing may move."""
        before = self._records()
        self.world.queues.send_changes(self._heard)
        fan_out_changes(self.world.hub, [StreamChange(f"again{key}", None, each) for key, each in before.items()])
        self.world.settle()
        if self._records() != before:
            raise ViolationError(f"seed {self.seed}: old news, told again, changed something")

    def _records(self) -> dict[str, Any]:
        return {
            each.record_id: each
            for entity in self.world.entities
            for each in self.world.records.list_records(WORKSPACE, entity, cursor=None, limit=10_000).items
        }
