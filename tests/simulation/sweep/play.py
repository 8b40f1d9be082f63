"""One playing of a flow: a world of two CRMs, and what people did in it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from crmbridge.domain.records import Entity, Record, Value
from crmbridge.errors import NotFoundError
from crmbridge.services._chronicle import open_decisions
from crmbridge.services._runs import list_runs
from crmbridge.services.hub import change_integration, load_integration, load_integrations
from tests.simulation.characters import ENTITIES
from tests.simulation.crm import SimCrm
from tests.simulation.rows import Row
from tests.simulation.sweep.faults import Striker
from tests.simulation.things import NAMES, Thing, shown
from tests.simulation.world import WORKSPACE, World

SEED = 1
SYNCS = 4
TRIES = 5


class Play:
    """A world in which people do what the flow says; ``said`` is what they want to see in every CRM.

    Attributes:
        things: what people made, by name.
        said: by name and field, what the field has to say everywhere in the end.
        reconnected: how often people had to connect a CRM again.
        acted_until: when the flow was over, and recovering began.
    """

    def __init__(self, crms: tuple[str, str], entities: tuple[Entity, ...] = ENTITIES, **rules: str) -> None:
        self.world = World(SEED, crms, entities, **rules)
        self.on_delete = rules.get("on_delete", "keep")
        self.latest_wins = "policies" not in rules
        self.first, self.second = self.world.crms.values()
        self.things: dict[str, Thing] = {}
        self.said: dict[str, dict[str, Value]] = {}
        self.reconnected = 0
        self.striker: Striker | None = None
        self.acted_until = self.world.time
        self._today: datetime | None = None

    # ---------------------------------------------------------------- people

    def enter(self, crm: SimCrm, entity: Entity, name: str, *, refs: dict[str, str] | None = None, **fields: Value):
        """Somebody makes a record; its references are given by the names of other things."""
        by = "email" if entity == "contact" else NAMES[entity]
        thing = self.things.setdefault(name, Thing(entity, name, by))
        told = {key: self._ids(crm, names) for key, names in (refs or {}).items()}
        assert crm.human_create(entity, {by: name, **fields}, told), name
        thing.made += 1
        for key, value in fields.items():
            self._note(crm, thing, key, value)
        for key, names in (refs or {}).items():
            self._note(crm, thing, key, tuple(names.split()))

    def edit(self, crm: SimCrm, name: str, **changes: Value) -> None:
        """Somebody changes fields of a record."""
        assert crm.human_edit(self.things[name].entity, self.row(crm, name).external_id, changes), name
        for key, value in changes.items():
            self._note(crm, self.things[name], key, value)

    def relink(self, crm: SimCrm, name: str, **refs: str) -> None:
        """Somebody lets a record refer to others, given by their names."""
        told = {key: self._ids(crm, names) for key, names in refs.items()}
        crm.human_relink(self.things[name].entity, self.row(crm, name).external_id, told)
        for key, names in refs.items():
            self._note(crm, self.things[name], key, tuple(names.split()))

    @contextmanager
    def yesterday(self) -> Generator[None]:
        """Let people do something of which nobody hears, and which every CRM dates before all reading positions."""
        self._today, self.world.time = self.world.time, self.world.time - timedelta(days=1)
        with self.unheard():
            yield
        self.world.time, self._today = self._today, None

    @contextmanager
    def unheard(self) -> Generator[None]:
        """Let the webhooks of what people do be lost."""
        self.world.hints_lost = True
        yield
        self.world.hints_lost = False

    def row(self, crm: SimCrm, name: str) -> Row:
        """Return the only row of a thing in a CRM."""
        (row,) = self.things[name].rows(crm)
        return row

    def _ids(self, crm: SimCrm, names: str) -> tuple[str, ...]:
        return tuple(sorted(self.row(crm, each).external_id for each in names.split()))

    def _note(self, crm: SimCrm, thing: Thing, key: str, value: Value) -> None:
        told = crm.normal(key, value)
        thing.note(crm, key, told, at=self._today or self.world.time)
        self.said.setdefault(thing.name, {})[key] = told

    # ---------------------------------------------------------------- asking and waiting

    def ask(self, request: Callable[[], object]) -> None:
        """Somebody asks for something through the API, and asks again where no answer comes."""
        for attempt in range(TRIES):
            try:
                if self.world.survives(request):
                    return
            except NotFoundError:
                if attempt == 0:
                    raise
                return  # it was done the first time
            self.world.advance(1.0)
        raise AssertionError("asking was in vain")

    def sync(self) -> None:
        """Let time pass until every CRM was planned and read once more."""
        self.reconnect()
        self.world.sync()

    @contextmanager
    def aside(self) -> Generator[None]:
        """Let no call of a block be counted, or fail: people look at the hub, and set things right."""
        watch, self.world.watch = self.world.watch, None
        yield
        self.world.watch = watch

    def reconnect(self) -> None:
        """Have people connect again what asks for it."""
        with self.aside():
            for integration in load_integrations(self.world.hub, WORKSPACE).values():
                if integration.status == "reauth_required":
                    self.reconnected += 1
                    self.consent(integration.crm)
                    self.set_status(integration.crm, "active")
                    if self.striker is not None:
                        self.striker.refused.discard(integration.crm)

    def consent(self, crm: str) -> None:
        """Have people consent at the vendor's; most plays need no tokens."""

    def set_status(self, crm: str, status: str) -> None:
        """Pause an integration, or let it go on."""
        with self.aside():
            integration = load_integration(self.world.hub, WORKSPACE, f"int_{crm}")
            change_integration(self.world.hub, integration, status=status)

    def open_questions(self, kind: str) -> list[dict[str, Any]]:
        """Return what people are asked to decide."""
        with self.aside():
            return [dict(each) for each in open_decisions(self.world.hub, WORKSPACE) if each["kind"] == kind]

    def record_of(self, crm: SimCrm, name: str) -> Record:
        """Return the hub's record of the only row of a thing in a CRM."""
        row, key = self.row(crm, name), f"int_{crm.character.name}"
        (record_id,) = self.world.records.find_external(WORKSPACE, key, row.entity, [row.external_id]).values()
        return self.world.records.get_many(WORKSPACE, [record_id])[record_id]

    def recover(self) -> None:
        """Connect again what must be, and have everything read in runs that began after the fault."""
        since = self.world.time
        for _ in range(SYNCS):
            self.sync()
            runs = [list_runs(self.world.hub, WORKSPACE, f"int_{name}") for name in self.world.crms]
            if all(any(run.started_at >= since and run.mode == "incremental" for run in each) for each in runs):
                return

    def in_step(self) -> None:
        """Bring everything in step, and note that all of it was seen."""
        self.world.sync()
        for thing in self.things.values():
            thing.seen(self.world.time, unread=set())

    # ---------------------------------------------------------------- what is to be seen

    def stand_once(self, names: Sequence[str] = ()) -> Iterator[str]:
        """Yield which things do not stand exactly once in each CRM with the values that people gave them."""
        for name in names or self.things:
            for key, crm in self.world.crms.items():
                rows = self.things[name].rows(crm)
                if len(rows) != 1:
                    yield f"{name} stands {len(rows)} times in {key}"
                    continue
                for each, value in self.said.get(name, {}).items():
                    seen = shown(crm, rows[0], each)
                    if seen != crm.normal(each, value):
                        yield f"{name}.{each} in {key} is {seen!r}, not {value!r}"
