"""One batch of writes to one CRM: look, intend, write, settle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from crmbridge.domain import brake
from crmbridge.domain.altering import altered
from crmbridge.domain.due import due_fields, due_for
from crmbridge.domain.erasure import is_ended
from crmbridge.domain.matching import match_key, numbers
from crmbridge.domain.messages import ChangeHint
from crmbridge.domain.records import REFERENCES, Fields, LastChange, Link, Observation, Record
from crmbridge.domain.settle import Written, intend, mark_deleted_there, park, postpone, settle
from crmbridge.errors import FatalProviderError, ProviderError, RetriableProviderError, UnavailableError
from crmbridge.ports import RowResult, WriteKind, WriteOp
from crmbridge.services._ledger import Change, Ledger
from crmbridge.services._loads import is_loading
from crmbridge.services._pushed import Planned, Pushed
from crmbridge.services._twins import Twins


@dataclass(slots=True)
class Batch:
    """Writes what is due of one entity to one CRM.

    Attributes:
        batch_size: the vendor's limit of rows in one write call.
        creates_by_upsert: creates go through the vendor's upsert on our own field.
        pushed: counts, added to by every call.
        has_time: whether another vendor call may still be begun.
        before_creating: makes sure that nobody else creates at the same time.
        find_lag_s: a record younger than this, in seconds, is not created yet: a twin of it might not be found.
    """

    ledger: Ledger
    batch_size: int
    creates_by_upsert: bool
    pushed: Pushed
    has_time: Callable[[], bool]
    before_creating: Callable[[], None]
    find_lag_s: int = 0

    @property
    def twins(self) -> Twins:
        """Who finds rows in the CRM that belong to records about to be created there."""
        return Twins(self.ledger, self.pushed)

    def push(self, record_ids: Sequence[str], *, only_full: bool) -> set[str]:
        """Write some due records.

        Args:
            record_ids: at least one, longest due first.
            only_full: leave a rest that does not fill a vendor's batch for later.

        Returns:
            Ids that need no further look in this drain, whatever became of them.

        Raises:
            RetriableProviderError: the CRM cannot be written to now; what was written is settled.
            AuthorizationExpiredError: the CRM must be connected again.
            LeaseHeldError: somebody else is creating.
        """
        hub, integration = self.ledger.hub, self.ledger.integration
        records = hub.records.get_many(integration.workspace_id, record_ids)
        done = {each for each in record_ids if each not in records}
        groups: dict[str, list[Record]] = {"delete": [], "update": [], "create": []}
        for record in records.values():
            if self.ledger.key not in due_for(record, [integration]):
                done.add(record.record_id)
            elif not self._is_too_young(record):
                groups[self._kind(record)].append(record)
        write: dict[str, Callable[[list[Record]], None]] = {
            "delete": self._delete,
            "update": self._update,
            "create": self._create,
        }
        for kind, group in groups.items():
            for start in range(0, len(group), self.batch_size):
                chunk = group[start : start + self.batch_size]
                if (len(chunk) == self.batch_size or not only_full) and self.has_time():
                    write[kind](chunk)
                    done.update(each.record_id for each in chunk)
        return done

    def _kind(self, record: Record) -> str:
        link = record.links.get(self.ledger.key)
        if link is None or link.state == "creating":
            return "create"
        return "delete" if link.state == "deleting" else "update"

    def _is_too_young(self, record: Record) -> bool:
        """Tell whether a twin that people made at the same time could still be hidden from our look-ups."""
        if not self.find_lag_s or record.created_at is None or self.ledger.key in record.links:
            return False
        has_key = match_key(record.entity, record.fields) or numbers(record.entity, record.fields)
        age = self.ledger.hub.now() - record.created_at
        return bool(has_key) and age.total_seconds() <= self.find_lag_s

    # ---------------------------------------------------------------------------------- deletes

    def _delete(self, records: list[Record]) -> None:
        key = self.ledger.key
        planned = [
            Planned(each, WriteOp("delete", each.record_id, each.links[key].external_id, purge=is_ended(each)), {})
            for each in records
        ]
        changes: list[Change] = []
        for row, result in self._write(planned):
            if result.error is None or result.gone:
                self.pushed.deleted += 1
                changes.append(Change(row.record, lambda now: mark_deleted_there(now, integration_id=key), "settled"))
            else:
                changes.append(self._refused(row.record, result.error))
        self.ledger.change_all(changes)

    # ---------------------------------------------------------------------------------- updates

    def _update(self, records: list[Record]) -> None:
        """Read just before writing, give surprises back to the merge, and send only what differs."""
        key = self.ledger.key
        read = self.ledger.client.read(self.ledger.entity, [each.links[key].external_id for each in records])
        seen = self.ledger.resolve(read.found)
        changes: list[Change] = []
        shown: list[tuple[Record, Observation]] = []
        for record in records:
            external_id = record.links[key].external_id
            if external_id in seen:
                shown.append((record, seen[external_id]))
            elif external_id not in read.unreadable:
                changes.append(self._vanished(record))
        current = self.twins.merge(shown)
        by_id = self.ledger.targets(record for record, _ in current)
        planned: list[Planned] = []
        for record, observation in current:
            row = self._plan_update(record, observation, by_id)
            if row is not None and (row.op.fields or row.op.refs):
                planned.append(row)
            elif row is not None:
                self.pushed.spared += not row.braked
                changes.append(self._settlement(row, row.op.external_id, observation))
        self.ledger.change_all(changes)
        self._settle(self._write(planned))

    def _vanished(self, record: Record) -> Change:
        """Write nothing more to a record that is not there, and have its fate found out on the one way in."""
        key, hub = self.ledger.key, self.ledger.hub
        external_id = record.links[key].external_id
        hint = ChangeHint(record.workspace_id, key, record.entity, (external_id,), reason="not found")
        hub.queues.send_changes([hint])

        def make(now: Record) -> Record:
            return altered(now, links={**now.links, key: altered(now.links[key], state="invisible")})

        return Change(record, make, "invisible")

    def _plan_update(self, record: Record, seen: Observation, by_id: Mapping[str, Record]) -> Planned | None:
        """Return the row to write, with nothing to send where the CRM says the same already; ``None`` if not due."""
        link = record.links[self.ledger.key]
        names = due_fields(record, link, self.ledger.integration.rule(record.entity))
        addressed = self.ledger.address(record, names, by_id)
        self.pushed.waiting += bool(addressed.held_back)
        sent = {name: record.fields.get(name) for name in names if name not in addressed.held_back}
        says = self.ledger.project(record.fields)
        plain = {
            name: says[name]
            for name in (*sent, *self._coupled(record, link, names, says))
            if name in says
            and name not in REFERENCES[record.entity]
            and (says[name] != seen.fields.get(name, _UNREAD) or name in seen.loose)
        }
        refs = {
            name: external_ids
            for name, external_ids in addressed.refs.items()
            if external_ids != tuple(sorted(seen.refs.get(name, ())))
        }
        if addressed.soon:
            refs = {name: told for name, told in refs.items() if name not in addressed.held_back}
        if not (sent or refs):
            return None
        braked = brake.hot_fields(link, {name: record.fields.get(name) for name in (*plain, *refs)}, now_s=self._now_s)
        self.pushed.braked += bool(braked)
        plain = {name: value for name, value in plain.items() if name not in braked}
        refs = {name: told for name, told in refs.items() if name not in braked}
        sent = {name: value for name, value in sent.items() if name not in braked}
        before = {name: seen.refs.get(name, ()) for name in refs}
        op = WriteOp("update", record.record_id, link.external_id, plain, refs, before)
        unsaid = {name: seen.fields[name] for name in sent if name not in says and name in seen.fields}
        unsaid.update((name, told) for name, told in addressed.in_part.items() if name in refs)
        return Planned(record, op, sent, addressed.held_back, braked, unsaid)

    def _coupled(self, record: Record, link: Link, due: Sequence[str], says: Fields) -> list[str]:
        """Return what else the due values move: where the CRM keeps both names in one text, one changes both."""
        if not due:
            return []
        then = self.ledger.project({**record.fields, **{name: link.base[name].hub for name in due}})
        rule = self.ledger.integration.rule(record.entity)
        return [
            name
            for name, value in says.items()
            if name not in due and then.get(name, _UNREAD) != value and rule.writes(name) and name not in record.frozen
        ]

    @property
    def _now_s(self) -> int:
        return int(self.ledger.hub.now().timestamp())

    # ---------------------------------------------------------------------------------- creates

    def _create(self, records: list[Record]) -> None:
        """Look for twins, record the intent, create, settle."""
        written = self._write(self._intended(records))
        collided = [(row, result) for row, result in written if result.conflict and result.external_id]
        self._settle([(row, result) for row, result in written if not (result.conflict and result.external_id)])
        self.ledger.change_all([self._refused(row.record, error) for row, error in self.twins.collided(collided)])

    def prepare(self, record_ids: Sequence[str], *, least: int) -> list[WriteOp]:
        """Look for twins of records that stand nowhere in the CRM yet, and record the intent to create them.

        Args:
            record_ids: due ones; others than new ones are left alone.
            least: how many new ones it takes to begin at all.

        Returns:
            The rows to create, as many as there was time for.
        """
        hub, key = self.ledger.hub, self.ledger.key
        records = hub.records.get_many(self.ledger.integration.workspace_id, record_ids)
        due = (each for each in records.values() if key in due_for(each, [self.ledger.integration]))
        new = [each for each in due if key not in each.links and not self._is_too_young(each)]
        rows: list[Planned] = []
        for start in range(0, len(new) if len(new) >= least else 0, self.batch_size):
            if not self.has_time():
                break
            rows += self._intended(new[start : start + self.batch_size])
        return [each.op for each in rows]

    def _intended(self, records: list[Record]) -> list[Planned]:
        """Return the rows of those records that have no twin and wait for nothing, their creates intended."""
        self.before_creating()
        if is_loading(self.ledger.hub, self.ledger.integration, self.ledger.entity):
            return []  # somebody has begun a load since this worker looked; it may hold these very rows
        records = self.twins.without(self._with_company(records))
        lag = timedelta(seconds=self.find_lag_s + 1 if self.find_lag_s else 0)  # due times are cut to whole seconds
        again = self.ledger.hub.now() + lag if lag else None
        fresh = [each for each in records if lag or not self._is_intended(each)]
        last = LastChange("intended", self.ledger.key, self.ledger.hub.now())
        stored = self.ledger.save_all(
            [(each, altered(intend(each, self.ledger.key, not_again_before=again), last=last)) for each in fresh]
        )
        intended = [each for each in records if each not in fresh]
        intended.extend(each for each in stored if each is not None)
        by_id = self.ledger.targets(intended)
        return [self._plan_create(each, by_id) for each in intended]

    def _with_company(self, records: list[Record]) -> list[Record]:
        """Leave out records that refer to others about to be made there: one write is enough once those stand.

        They stay due, and the next ticket comes as soon as those others are linked.
        """
        by_id = self.ledger.targets(records)
        rule = self.ledger.integration.rule(self.ledger.entity)
        ready: list[Record] = []
        for record in records:
            names = due_fields(record, record.links.get(self.ledger.key), rule)
            waits = self.ledger.address(record, names, by_id).soon
            self.pushed.waiting += waits
            if not waits:
                ready.append(record)
        return ready

    def _is_intended(self, record: Record) -> bool:
        """Tell whether a create of just these values is intended already; a second try may have newer ones."""
        link = record.links.get(self.ledger.key)
        return link is not None and not link.base

    def _plan_create(self, record: Record, by_id: Mapping[str, Record]) -> Planned:
        rule = self.ledger.integration.rule(record.entity)
        names = due_fields(record, record.links[self.ledger.key], rule)
        addressed = self.ledger.address(record, names, by_id)
        self.pushed.waiting += bool(addressed.held_back)
        sent = {name: record.fields[name] for name in names if name not in addressed.held_back}
        plain = {
            name: value
            for name, value in self.ledger.project(record.fields).items()
            if value is not None and name not in REFERENCES[record.entity] and rule.writes(name)
        }
        refs = {name: external_ids for name, external_ids in addressed.refs.items() if external_ids}
        kind: WriteKind = "upsert" if self.creates_by_upsert else "create"
        op = WriteOp(kind, record.record_id, "", plain, refs)
        return Planned(record, op, sent, addressed.held_back, unsaid=addressed.in_part)

    # ---------------------------------------------------------------------------------- writing and settling

    def _write(self, planned: Sequence[Planned]) -> list[tuple[Planned, RowResult]]:
        """Issue one vendor call; a batch refused as a whole is halved until the row at fault is found.

        Raises:
            RetriableProviderError: nothing or an unknown part was written; intents tell the next try to look first.
            UnavailableError: the account has no such records.
        """
        if not planned:
            return []
        self.pushed.calls += 1
        try:
            results = self.ledger.client.write(self.ledger.entity, [each.op for each in planned])
        except UnavailableError:
            raise
        except FatalProviderError as error:
            if len(planned) == 1:
                return [(planned[0], RowResult(planned[0].op.op_id, error=error))]
            middle = len(planned) // 2
            return [*self._write(planned[:middle]), *self._write(planned[middle:])]
        return list(zip(planned, results, strict=True))

    def _settle(self, written: Sequence[tuple[Planned, RowResult]]) -> None:
        """Store what the CRM agreed to; read it back where it does not answer values."""
        good = [(row, result) for row, result in written if result.error is None]
        answers = {result.external_id: result.observation for _, result in good if result.observation is not None}
        silent = [result.external_id for _, result in good if result.observation is None]
        if silent:
            answers.update(self.ledger.client.read(self.ledger.entity, silent).found)
        resolved = self.ledger.resolve(answers)
        changes: list[Change] = []
        for row, result in good:
            is_create = row.op.kind != "update"
            self.pushed.created += is_create
            self.pushed.linked += is_create
            self.pushed.updated += not is_create
            answer = resolved.get(result.external_id)
            changes.append(self._settlement(row, result.external_id, answer, existed=is_create and not result.created))
        for row, result in written:
            if result.error is not None:
                changes.append(self._vanished(row.record) if result.gone else self._refused(row.record, result.error))
        self.ledger.change_all(changes)

    def _settlement(
        self, row: Planned, external_id: str, answer: Observation | None, *, existed: bool = False
    ) -> Change:
        """Return the change that a successful row makes to its record."""
        ledger = self.ledger
        written = Written(
            external_id=external_id,
            sent=row.sent,
            observation=answer,
            is_create=row.op.kind != "update",
            held_back=row.held_back,
            told_in_part=[name for name in row.held_back if name in row.op.refs],
            existed=existed,
            held=row.record.fields,
            unsaid=row.unsaid,
        )

        def make(now: Record) -> Record:
            settled = settle(now, written, integration_id=ledger.key, project=ledger.project)
            settled = settled if answer is None else ledger.merge(settled, answer).record
            return self._braked(row, now, settled)

        return Change(row.record, make, "parked" if row.braked else "settled")

    def _braked(self, row: Planned, before: Record, settled: Record) -> Record:
        """Count what was written, and park what the brake against echoes holds."""
        key, hub = self.ledger.key, self.ledger.hub
        if row.op.kind == "update" and (row.op.fields or row.op.refs):
            wrote = {name: row.sent[name] for name in (*row.op.fields, *row.op.refs) if name in row.sent}
            link = brake.counted(before.links.get(key), settled.links[key], wrote, now_s=self._now_s)
            settled = altered(settled, links={**settled.links, key: link})
        if not row.braked:
            return settled
        rule = self.ledger.integration.rule(settled.entity)
        said = brake.words(row.braked)
        return park(settled, integration_id=key, rule=rule, words=said, code=brake.CODE, now=hub.now())

    def _refused(self, record: Record, error: ProviderError) -> Change:
        key, now, rule = self.ledger.key, self.ledger.hub.now(), self.ledger.integration.rule(record.entity)
        if isinstance(error, RetriableProviderError):
            self.pushed.postponed += 1
            wait_s = error.retry_after_s
            return Change(
                record,
                lambda each: postpone(each, integration_id=key, retry_after_s=wait_s, now=now),
                "postponed",
            )
        self.pushed.parked += 1
        words, code = str(error), error.code
        return Change(
            record,
            lambda each: park(each, integration_id=key, rule=rule, words=words, code=code, now=now, written=record),
            "parked",
        )


_UNREAD = object()
