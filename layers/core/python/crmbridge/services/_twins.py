"""Rows of a CRM that turn out to belong to records about to be created there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from crmbridge.domain.matching import is_alike, is_awaited, match, match_key, numbers
from crmbridge.domain.messages import ChangeHint, Wake
from crmbridge.domain.records import PREFIXES, LastChange, Observation, Record
from crmbridge.errors import FatalProviderError, ProviderError
from crmbridge.ports import RowResult
from crmbridge.services._candidates import candidates_of
from crmbridge.services._joining import Joiner
from crmbridge.services._ledger import Ledger
from crmbridge.services._pushed import Planned, Pushed

AGAIN_S = 10
"""When what waits for the end of a load is looked at again, in seconds."""


@dataclass(frozen=True, slots=True)
class Twins:
    """Finds them, and merges what the CRM says of them.

    Attributes:
        pushed: counts, added to by every call.
    """

    ledger: Ledger
    pushed: Pushed

    def without(self, records: list[Record]) -> list[Record]:
        """Link records whose twin stands in the CRM already; return the others.

        A create whose answer was lost is looked up by our own id, everything else by its natural key, and people
        without one by telephone number and name.
        """
        entity, client = self.ledger.entity, self.ledger.client
        found: dict[str, Observation] = {}
        doubtful = [each.record_id for each in records if self.ledger.key in each.links]
        if doubtful:
            by_correlation = client.find(entity, "correlation_id", doubtful)
            found.update({record_id: hits[0] for record_id, hits in by_correlation.items() if hits})
        keys = {each.record_id: match_key(entity, each.fields) for each in records if each.record_id not in found}
        wanted = sorted({key for key in keys.values() if key is not None})
        hits = client.find(entity, wanted[0][0], [value for _, value in wanted]) if wanted else {}
        for record_id, key in keys.items():
            if key is not None and len(hits.get(key[1], ())) == 1:
                found[record_id] = hits[key[1]][0]
        found.update(self._by_number([each for each in records if keys.get(each.record_id, True) is None]))
        return self._linked(records, found, self._doubtful({key: found[key] for key in keys if key in found}))

    def _by_number(self, records: list[Record]) -> dict[str, Observation]:
        entity = self.ledger.entity
        held = {each.record_id: numbers(entity, each.fields) for each in records if each.fields.get("last_name")}
        wanted = sorted({number for mine in held.values() for number in mine})
        hits = self.ledger.client.find(entity, "phone", wanted) if wanted else {}
        found: dict[str, Observation] = {}
        for record in records:
            rows = {row.external_id: row for each in held.get(record.record_id, ()) for row in hits.get(each, ())}
            alike = [row for row in rows.values() if is_alike(record.fields, row.fields)]
            if len(alike) == 1:
                found[record.record_id] = alike[0]
        return found

    def _doubtful(self, found: Mapping[str, Observation]) -> set[str]:
        """Return the records whose twin could be another's just as well, and have it read, so that people are asked.

        Args:
            found: by record id, rows that were found by a natural key or a number.
        """
        ledger = self.ledger
        owned = ledger.owners([each.external_id for each in found.values()]) if found else {}
        strange = {key: row for key, row in found.items() if row.external_id not in owned}
        if not strange:
            return set()
        workspace_id, entity = ledger.integration.workspace_id, ledger.entity
        candidates = candidates_of(ledger.hub, workspace_id, entity, strange.values()).values()
        doubtful = {
            record_id
            for record_id, row in strange.items()
            if match(row, candidates, integration_id=ledger.key, workspace_id=workspace_id, entity=entity).candidates
        }
        if doubtful:
            ids = tuple(sorted({strange[each].external_id for each in doubtful}))
            ledger.hub.queues.send_changes([ChangeHint(workspace_id, ledger.key, entity, ids)])
        return doubtful

    def _linked(
        self, records: list[Record], found: Mapping[str, Observation], doubtful: Collection[str]
    ) -> list[Record]:
        """Merge twins into their records, unless the twin is linked to another record or wanted twice.

        Where people are asked, or are to be asked, whose twin it is, nobody guesses: the record waits for their answer.
        """
        owners = self.ledger.owners([each.external_id for each in found.values()]) if found else {}
        owners = {**self._awaited(found, owners), **owners}
        resolved = self.ledger.resolve({each.external_id: each for each in found.values()})
        asked = self._in_doubt({*owners.values()} - {each.record_id for each in records})
        left: list[Record] = []
        pairs: dict[str, tuple[Record, Observation]] = {}
        for record in records:
            twin = found.get(record.record_id)
            if record.record_id in doubtful:
                self.pushed.waiting += 1
            elif twin is None or twin.external_id in pairs:
                left.append(record)
            elif owners.get(twin.external_id, record.record_id) == record.record_id:
                pairs[twin.external_id] = (record, resolved[twin.external_id])
            elif owners[twin.external_id] in asked:
                self.pushed.waiting += 1
            elif not self._joined(record, owners[twin.external_id]):
                left.append(record)
        self.pushed.linked += len(self.merge(list(pairs.values())))
        return left

    def _awaited(self, found: Mapping[str, Observation], owners: Collection[str]) -> dict[str, str]:
        """Return the records that unowned rows were made for, where the answer is still to come, by external id."""
        ledger = self.ledger
        named = {row.external_id: row.correlation_id for row in found.values() if row.external_id not in owners}
        wanted = {each for each in named.values() if each.startswith(f"{PREFIXES[ledger.entity]}_")}
        if not wanted:
            return {}
        known = ledger.hub.records.get_many(ledger.integration.workspace_id, sorted(wanted))
        awaited = {key for key, each in known.items() if key in wanted and is_awaited(each, ledger.key)}
        return {external_id: record_id for external_id, record_id in named.items() if record_id in awaited}

    def _in_doubt(self, record_ids: set[str]) -> set[str]:
        """Return which of some records people are asked about: whose double they are, if anybody's."""
        if not record_ids:
            return set()
        ledger = self.ledger
        found = ledger.hub.records.get_many(ledger.integration.workspace_id, sorted(record_ids))
        return {each.record_id for each in found.values() if each.candidates}

    def _joined(self, record: Record, owner_id: str) -> bool:
        """Join a record into the one that its twin belongs to, now or later, unless the two must stay two."""
        ledger = self.ledger
        joiner = Joiner(ledger.hub, ledger.integration.workspace_id, ledger.integrations, ledger.key)
        if joiner.must_wait(record.record_id, owner_id):
            self.pushed.waiting += 1
            ledger.hub.queues.send_wakes([Wake(ledger.integration.workspace_id, ledger.key)], delay_s=AGAIN_S)
            return True
        return joiner.join(record.record_id, owner_id)

    def collided(self, collided: Sequence[tuple[Planned, RowResult]]) -> list[tuple[Planned, ProviderError]]:
        """Link to the records that stood in the way of creates; returns the rows whose way is blocked for good."""
        if not collided:
            return []
        external_ids = [result.external_id for _, result in collided]
        owners = self.ledger.owners(external_ids)
        asked = self._in_doubt({*owners.values()} - {row.record.record_id for row, _ in collided})
        seen = self.ledger.resolve(self.ledger.client.read(self.ledger.entity, external_ids).found)
        pairs: dict[str, tuple[Record, Observation]] = {}
        refused: list[tuple[Planned, ProviderError]] = []
        for row, result in collided:
            owner_id = owners.get(result.external_id, row.record.record_id)
            ours = owner_id == row.record.record_id
            if ours and result.external_id in seen and result.external_id not in pairs:
                pairs[result.external_id] = (row.record, seen[result.external_id])
            elif owner_id in asked:
                self.pushed.waiting += 1
            elif ours or not self._joined(row.record, owner_id):
                refused.append((row, result.error or _duplicate(self.ledger.integration.crm)))
        self.pushed.linked += len(self.merge(list(pairs.values())))
        return refused

    def merge(self, shown: Sequence[tuple[Record, Observation]]) -> list[tuple[Record, Observation]]:
        """Merge what the CRM says now and store surprises; leaves out records that somebody else moved."""
        current: list[tuple[Record, Observation]] = []
        surprises: list[tuple[Record, Record, Observation]] = []
        for record, observation in shown:
            merged = self.ledger.merge(record, observation)
            if not merged.moved:
                current.append((record, observation))
                continue
            last = LastChange("changed", self.ledger.key, self.ledger.hub.now(), "", merged.changes, merged.lost)
            surprises.append((record, replace(merged.record, last=last), observation))
        self.pushed.surprised += len(surprises)
        stored = self.ledger.save_all([(before, after) for before, after, _ in surprises])
        for after, (_, _, observation) in zip(stored, surprises, strict=True):
            if after is not None:
                current.append((after, observation))
        return current


def _duplicate(crm: str) -> FatalProviderError:
    return FatalProviderError("a record with the same unique value exists", provider=crm, code="DUPLICATE")
