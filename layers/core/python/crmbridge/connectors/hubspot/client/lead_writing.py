"""Leads written: first the contact, then the lead itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crmbridge.connectors.hubspot import EXTERNAL_ID
from crmbridge.connectors.hubspot.client.calls import Calls
from crmbridge.connectors.hubspot.client.errors import PROVIDER
from crmbridge.connectors.hubspot.client.finding import Finder
from crmbridge.connectors.hubspot.client.linking import LinkChanges, read_refs, write_links
from crmbridge.connectors.hubspot.client.reading import Reader
from crmbridge.connectors.hubspot.client.rows import MARK
from crmbridge.connectors.hubspot.client.writing import Writer
from crmbridge.connectors.hubspot.mapping import PERSON, PERSON_OF_LEAD, RULES, TITLE_OF_LEAD, ObjectRule
from crmbridge.domain.records import Fields
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import RowResult, WriteOp

_PERSONS = frozenset(each.field for each in PERSON.properties)
_FIRST_STATUS = "new"
_TITLE_MAX = 200


class LeadWriter:
    """Writes leads of one account."""

    def __init__(self, calls: Calls, rule: ObjectRule, *, reader: Reader, finder: Finder, writer: Writer) -> None:
        self._calls, self._rule = calls, rule
        self._reader, self._finder, self._writer = reader, finder, writer

    def write(self, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write up to 100 rows of one kind.

        Raises:
            RetriableProviderError: with ``may_have_applied`` where a later one of several calls failed.
        """
        if not ops:
            return ()
        if ops[0].kind == "delete":
            return self._delete(ops)
        writers = {"create": self._create, "update": self._update, "upsert": self._upsert}
        try:
            results = writers[ops[0].kind](ops)
        except RetriableProviderError as error:
            error.may_have_applied = True
            raise
        return tuple(results[op.op_id] for op in ops)

    # ------------------------------------------------------------------------------------- the kinds

    def _create(self, ops: Sequence[WriteOp]) -> dict[str, RowResult]:
        results: dict[str, RowResult] = {}
        people: dict[str, str] = {}
        for each in self._people_of(ops):
            if each.error is not None:
                results[each.op_id] = each
            else:
                people[each.op_id] = each.external_id
        rows = [
            replace(op, fields=_new_lead(op.fields), refs={PERSON_OF_LEAD: (people[op.op_id],)})
            for op in ops
            if op.op_id in people
        ]
        return results | {each.op_id: each for each in self._writer.write(self._rule, rows)}

    def _upsert(self, ops: Sequence[WriteOp]) -> dict[str, RowResult]:
        """Write by our own id: a lead that is there is changed, any other made."""
        found = self._finder.by_correlation(self._rule, [op.op_id for op in ops])
        known = [
            replace(op, kind="update", external_id=found[op.op_id][0].external_id) for op in ops if op.op_id in found
        ]
        fresh = [replace(op, kind="create") for op in ops if op.op_id not in found]
        return self._update(known) | self._create(fresh)

    def _delete(self, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Delete leads; a contact stays, unless it was made for the lead of somebody who is to be forgotten."""
        forgotten = [op.external_id for op in ops if op.purge]
        refs = read_refs(self._calls, self._rule, forgotten) if forgotten else {}
        people = sorted({_person_of(refs, each) for each in refs} - {""})
        held = self._reader.properties_of(PERSON, people, EXTERNAL_ID) if people else {}
        results = self._writer.write(self._rule, ops)
        ours = [each for each in people if held.get(each, "").startswith(MARK)]
        self._writer.write(RULES["contact"], [WriteOp("delete", each, each, purge=True) for each in ours])
        return results

    def _update(self, ops: Sequence[WriteOp]) -> dict[str, RowResult]:
        """Write what belongs to contacts, then what belongs to leads."""
        ids = list(dict.fromkeys(op.external_id for op in ops))
        rows = {row.id: row for row in self._reader.batch(self._rule, ids)[0]} if ids else {}
        results = {op.op_id: _gone(op) for op in ops if op.external_id not in rows}
        going = [op for op in ops if op.op_id not in results]
        about = [op for op in going if _PERSONS & op.fields.keys()]
        refs = read_refs(self._calls, self._rule, [op.external_id for op in about]) if about else {}
        results |= self._update_people(about, {each: _person_of(refs, each) for each in refs})
        own = [replace(op, fields=_own(op.fields), refs={}) for op in going if op.op_id not in results]
        return results | {each.op_id: each for each in self._writer.write(self._rule, own)}

    # ------------------------------------------------------------------------------------- contacts

    def _people_of(self, ops: Sequence[WriteOp]) -> list[RowResult]:
        """Return the contact of each new lead, made for it unless its e-mail address has one already."""
        made = self._writer.write(PERSON, [replace(op, fields=_persons(op.fields), refs={}) for op in ops])
        people = [replace(each, error=None) if each.conflict and each.external_id else each for each in made]
        there = {each.op_id: each.external_id for each in made if each.conflict and each.external_id}
        self._fill([op for op in ops if op.op_id in there], there)
        return people

    def _fill(self, ops: Sequence[WriteOp], contact_ids: Mapping[str, str]) -> None:
        """Add to contacts that were there already what they lack; what people have put there stays."""
        if not ops:
            return
        rows, _ = self._reader.batch(PERSON, sorted(set(contact_ids.values())))
        said = {each.external_id: each.fields for each in self._reader.observe(PERSON, rows)[0]}
        lacking: dict[str, WriteOp] = {}
        for op in ops:
            contact_id = contact_ids[op.op_id]
            held = said.get(contact_id, {})
            fields = {
                name: value
                for name, value in _persons(op.fields).items()
                if value is not None and name in held and held[name] is None
            }
            if fields:
                lacking.setdefault(contact_id, WriteOp("update", op.op_id, contact_id, fields=fields))
        self._writer.write(PERSON, list(lacking.values()))

    def _update_people(self, ops: Sequence[WriteOp], contact_ids: Mapping[str, str]) -> dict[str, RowResult]:
        """Write what contacts hold of some leads; returns the rows that came to nothing.

        A contact that several leads share is written once after the other: HubSpot takes an id once in a batch.
        """
        results: dict[str, RowResult] = {}
        waiting = list(ops)
        while waiting:
            turn: dict[str, WriteOp] = {}
            for op in waiting:
                turn.setdefault(contact_ids.get(op.external_id) or f"of {op.external_id}", op)
            waiting = [op for op in waiting if op not in turn.values()]
            known = [
                WriteOp("update", op.op_id, contact_ids[op.external_id], fields=_persons(op.fields))
                for op in turn.values()
                if contact_ids.get(op.external_id)
            ]
            written = self._writer.write(PERSON, known)
            lone = [op for op in turn.values() if not contact_ids.get(op.external_id)]
            results |= {each.op_id: each for each in (*written, *self._give_person(lone)) if each.error is not None}
        by_id = {op.op_id: op for op in ops}
        return {name: replace(each, external_id=by_id[name].external_id, gone=False) for name, each in results.items()}

    def _give_person(self, ops: Sequence[WriteOp]) -> list[RowResult]:
        """Make contacts for leads that have lost theirs."""
        if not ops:
            return []
        asked = {f"{MARK}{op.external_id}": op for op in ops}
        results = self._people_of([replace(op, kind="create", op_id=mark) for mark, op in asked.items()])
        changes = LinkChanges()
        for each in results:
            if each.error is None:
                link = replace(asked[each.op_id], refs={PERSON_OF_LEAD: (each.external_id,)}, refs_before={})
                changes.note(link, link.external_id)
        write_links(self._calls, self._rule, changes)
        return [replace(each, op_id=asked[each.op_id].op_id) for each in results]


def _persons(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if name in _PERSONS}


def _own(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if name not in _PERSONS}


def _new_lead(fields: Fields) -> Fields:
    """Return what a new lead itself says; people may call it otherwise later."""
    own = _own(fields)
    return {**own, TITLE_OF_LEAD: title_of(fields), "lead_status": own.get("lead_status") or _FIRST_STATUS}


def title_of(fields: Fields) -> str:
    """Return what a new lead is called; HubSpot wants a name of it."""
    name = " ".join(str(fields[each]) for each in ("first_name", "last_name") if fields.get(each))
    return str(name or fields.get("company_name") or fields.get("email") or "New lead")[:_TITLE_MAX]


def _person_of(refs: Mapping[str, Mapping[str, tuple[str, ...]]], lead_id: str) -> str:
    return next(iter(refs[lead_id].get(PERSON_OF_LEAD, ())), "")


def _gone(op: WriteOp) -> RowResult:
    error = FatalProviderError("there is no such lead", provider=PROVIDER, status=404, code="OBJECT_NOT_FOUND")
    return RowResult(op.op_id, op.external_id, error=error, gone=True)
