"""Leads written one by one: first the person and the organization, then the lead itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmbridge.connectors.pipedrive.client.calls import Calls, Row, v1, v2
from crmbridge.connectors.pipedrive.client.catalogue import Catalogue
from crmbridge.connectors.pipedrive.client.errors import PROVIDER, is_gone
from crmbridge.connectors.pipedrive.client.finding import Finder
from crmbridge.connectors.pipedrive.client.leads.reading import LeadReader
from crmbridge.connectors.pipedrive.client.rows import exists_already, one_by_one
from crmbridge.connectors.pipedrive.mapping import body_of
from crmbridge.connectors.pipedrive.mapping.leads import PERSON, PERSON_FIELDS, label_id, title_of
from crmbridge.connectors.pipedrive.mapping.rules import COMPANY, CONTACT
from crmbridge.domain.records import Fields
from crmbridge.errors import FatalProviderError
from crmbridge.ports import RowResult, WriteOp

_COLOR = "gray"


@dataclass(slots=True)
class _Held:
    """What an earlier try may have left: leads and persons by our id."""

    leads: Mapping[str, Row] = field(default_factory=dict[str, Row])
    persons: Mapping[str, Row] = field(default_factory=dict[str, Row])


class LeadWriter:
    """Writes leads."""

    def __init__(self, calls: Calls, catalogue: Catalogue, reader: LeadReader, people: Finder) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._reader = reader
        self._people = people

    def write(self, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write rows of one kind; see ``CrmClient.write`` and ``one_by_one``.

        Raises:
            FatalProviderError: there is no upsert here.
        """
        if not ops:
            return ()
        writers = {"create": self._create, "update": self._update, "delete": self._delete}
        if ops[0].kind not in writers:
            raise FatalProviderError("Pipedrive has no upsert", provider=PROVIDER, code="NOT_BUILT")
        held = self._before(ops) if ops[0].kind == "create" else _Held()
        return one_by_one(ops, lambda op: writers[op.kind](op, held))

    def _before(self, ops: Sequence[WriteOp]) -> _Held:
        ids = [op.op_id for op in ops]
        code = self._reader.external_code()
        own = self._catalogue.lexicon(CONTACT, with_owners=False).external_code
        return _Held(
            self._reader.young(code, ids, whole=False) if code else {},
            self._people.young(CONTACT, own, ids, whole=False) if own else {},
        )

    def _create(self, op: WriteOp, held: _Held) -> RowResult:
        if op.op_id in held.leads:
            return exists_already(op, str(held.leads[op.op_id]["id"]))
        person = held.persons.get(op.op_id) or self._new_person(op)
        body: dict[str, Any] = {"title": title_of(op.fields), "person_id": person["id"], **self._own(op.fields)}
        company = op.fields.get("company_name")
        if company:
            body["organization_id"] = self._organization(str(company), op.op_id)
        code = self._reader.external_code()
        if code:
            body[code] = op.op_id
        return self._result(op, self._calls.send("POST", v1("leads"), body).data, created=True)

    def _update(self, op: WriteOp, held: _Held) -> RowResult:
        del held
        lead = self._reader.alone(op.external_id)
        if lead is None:
            error = FatalProviderError("requested lead not found", provider=PROVIDER, status=404)
            return RowResult(op.op_id, op.external_id, error=error, gone=True)
        body: dict[str, Any] = self._own(op.fields)
        if PERSON_FIELDS & set(op.fields):
            body |= self._write_person(op, lead)
        if "company_name" in op.fields:
            name = op.fields["company_name"]
            body["organization_id"] = self._organization(str(name), op.op_id) if name else None
        if body:
            lead = self._calls.send("PATCH", v1(f"leads/{op.external_id}"), body).data
        return self._result(op, lead, created=False)

    def _delete(self, op: WriteOp, held: _Held) -> RowResult:
        del held
        try:
            self._calls.send("DELETE", v1(f"leads/{op.external_id}"))
        except FatalProviderError as error:
            if is_gone(error):
                return RowResult(op.op_id, op.external_id, gone=True)
            raise
        return RowResult(op.op_id, op.external_id)

    # ------------------------------------------------------------------------------------- parts of them

    def _new_person(self, op: WriteOp) -> Row:
        lexicon = self._catalogue.lexicon(CONTACT, with_owners=False)
        body = body_of(PERSON, _persons(op.fields), lexicon)
        if lexicon.external_code:
            body["custom_fields"] = {lexicon.external_code: op.op_id}
        return self._calls.send("POST", v2(PERSON.path), body).data

    def _write_person(self, op: WriteOp, lead: Row) -> dict[str, Any]:
        """Write what a lead's person holds; a lead without one gets one."""
        person = self._reader.person(lead.get("person_id"))
        if person is None:
            return {"person_id": self._new_person(op)["id"]}
        lexicon = self._catalogue.lexicon(CONTACT, with_owners=False)
        body = body_of(PERSON, _persons(op.fields), lexicon, current=person)
        if body:
            self._calls.send("PATCH", v2(f"{PERSON.path}/{person['id']}"), body)
        return {}

    def _organization(self, name: str, record_id: str) -> int:
        """Return the organization of a name, made for this lead when there is none."""
        params = {"term": name, "fields": "name", "exact_match": "true", "limit": 10}
        hits = self._calls.get(v2(f"{COMPANY.path}/search"), params).hits
        named = [int(each["id"]) for each in hits if str(each.get("name")).casefold() == name.casefold()]
        if named:
            return min(named)
        code = self._catalogue.lexicon(COMPANY, with_owners=False).external_code
        body = {"name": name, **({"custom_fields": {code: record_id}} if code and record_id else {})}
        return int(self._calls.send("POST", v2(COMPANY.path), body).data["id"])

    def _own(self, fields: Fields) -> dict[str, Any]:
        """Return the keys of the lead itself: its owner and its labels."""
        body: dict[str, Any] = {}
        if fields.get("owner"):
            _, ids = self._catalogue.people()
            body |= {"owner_id": ids[str(fields["owner"])]} if fields["owner"] in ids else {}
        if "tags" in fields:
            tags = fields["tags"]
            body["label_ids"] = [self._label(each) for each in tags] if isinstance(tags, tuple) else []
        return body

    def _label(self, name: str) -> str:
        found = label_id(self._catalogue.lead_labels(), name)
        if found is None:
            found = str(self._calls.send("POST", v1("leadLabels"), {"name": name, "color": _COLOR}).data["id"])
            self._catalogue.forget_lead_labels()
        return found

    def _result(self, op: WriteOp, lead: Row, *, created: bool) -> RowResult:
        good, _ = self._reader.observe([lead])
        return RowResult(op.op_id, str(lead["id"]), created=created, observation=good[0] if good else None)


def _persons(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if name in PERSON_FIELDS}
