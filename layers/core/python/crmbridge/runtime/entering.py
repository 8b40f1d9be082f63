"""What the routes do that enter records: into the hub, and so into every CRM, with a result for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from crmbridge import runtime
from crmbridge.domain.editing import Place
from crmbridge.domain.integrations import Integration
from crmbridge.domain.records import PREFIXES, Entity, Record, Value, entity_of
from crmbridge.errors import RequestRejectedError
from crmbridge.runtime._api import Api
from crmbridge.runtime._entry_shapes import SHAPES
from crmbridge.runtime._problems import words_of
from crmbridge.runtime._shapes import check, wrong
from crmbridge.services import enter_references as references
from crmbridge.services import read_records
from crmbridge.services.enter_records import Entered, Entry, enter_many, enter_one
from crmbridge.services.hub import load_integrations
from crmbridge.services.tell_crms import await_places, show_places

WAIT_S, WAIT_MAX_S = 8, 20
BATCH_MAX = 1000


@dataclass(frozen=True, slots=True)
class _Desk:
    """One request at which records are entered."""

    workspace_id: str
    by: str
    integrations: Mapping[str, Integration]

    def entry(self, entity: Entity, body: Mapping[str, Any], *, record_id: str = "") -> tuple[Entry, tuple[str, ...]]:
        """Return what a body enters, and the names of what no CRM could be told."""
        from crmbridge.runtime._entries import values_of  # noqa: PLC0415 - slow to load, and only needed here

        fields, ignored = values_of(entity, body, self.integrations.values())
        email = str(fields.get("email") or "")
        if entity in ("contact", "deal", "activity") and "company" in body:
            fields["company"] = self._company(body["company"], email=email)
        if entity in ("deal", "activity") and ("contacts" in body or "contact" in body):
            people = [*body.get("contacts", []), *([body["contact"]] if "contact" in body else [])]
            fields["contacts"] = tuple(sorted({self._contact(each) for each in people})) or None
        if entity == "activity" and "deal" in body:
            fields["deal"] = self._known("deal", body["deal"], at="deal")
        record_id, reference = record_id or body.get("recordId", ""), body.get("externalReference", "")
        if entity == "activity" and not record_id and not reference:
            fields = {"status": "completed", "priority": "normal", **fields}
        return Entry(fields, record_id, reference), ignored

    def _known(self, entity: Entity, record_id: str | None, *, at: str) -> Value:
        if record_id is None:
            return None
        return references.known_id(runtime.hub(), self.workspace_id, entity, record_id, at=at)

    def _company(self, given: object, *, email: str) -> Value:
        body = _told(given or {}, "name", at="company")
        record_id = given if isinstance(given, str) and given.startswith("com_") else body.get("recordId", "")
        if given is None or record_id:
            return self._known("company", record_id or None, at="company")
        fields = self.entry("company", body)[0].fields
        if not (fields.get("name") or fields.get("domain")):
            raise wrong("company", "a name, a record id, or an object with domain or name")
        return references.company_id(runtime.hub(), self.workspace_id, fields, email=email, by=self.by)

    def _contact(self, given: object) -> str:
        body = _told(given, "email", at="contacts")
        record_id = given if isinstance(given, str) and given.startswith("con_") else body.get("recordId", "")
        if record_id:
            return str(self._known("contact", record_id, at="contacts"))
        fields = self.entry("contact", body)[0].fields
        return references.contact_id(runtime.hub(), self.workspace_id, fields, by=self.by)


def _told(given: object, name: str, *, at: str) -> dict[str, Any]:
    """Return what a reference says; a text stands for the one field that names it."""
    if isinstance(given, str):
        return {name: given}
    if not isinstance(given, dict):
        raise wrong(at, "a text or an object")
    return cast("dict[str, Any]", given)


def _desk(api: Api) -> _Desk:
    caller = api.caller()
    return _Desk(caller.workspace_id, caller.name, load_integrations(runtime.hub(), caller.workspace_id))


# ------------------------------------------------------------------------------------------------ in every CRM


def enter_contact(api: Api) -> tuple[dict[str, Any], int]:
    """Create or update a contact in every connected CRM of the workspace.

    It is found by ``recordId``, e-mail address, or telephone number and name; else made.

    Raises:
        RequestRejectedError: a field is wrong, or several records could be meant.
        NotFoundError: there is no record of that id.
        ConflictError: the record kept moving; try again.
    """
    return _entered(api, "contact")


def enter_lead(api: Api) -> tuple[dict[str, Any], int]:
    """Create or update a lead in every connected CRM of the workspace that knows leads.

    Raises:
        RequestRejectedError: a field is wrong, or several records could be meant.
        NotFoundError: there is no record of that id.
        ConflictError: the record kept moving; try again.
    """
    return _entered(api, "lead")


def enter_company(api: Api) -> tuple[dict[str, Any], int]:
    """Create or update a company in every connected CRM of the workspace; it is found by its web domain.

    Raises:
        RequestRejectedError: a field is wrong, or several records could be meant.
        NotFoundError: there is no record of that id.
        ConflictError: the record kept moving; try again.
    """
    return _entered(api, "company")


def enter_deal(api: Api) -> tuple[dict[str, Any], int]:
    """Create or update a deal in every connected CRM of the workspace; its company and contacts are made first.

    It is found by ``recordId`` or ``externalReference``, your own name for it; else made.

    Raises:
        RequestRejectedError: a field is wrong.
        NotFoundError: there is no record of that id.
        ConflictError: the record kept moving; try again.
    """
    return _entered(api, "deal")


def enter_activity(api: Api) -> tuple[dict[str, Any], int]:
    """Create or update an activity in every connected CRM of the workspace; completed, of normal priority by default.

    It is found by ``recordId`` or ``externalReference``, your own name for it; else made.

    Raises:
        RequestRejectedError: a field is wrong.
        NotFoundError: there is no record of that id.
        ConflictError: the record kept moving; try again.
    """
    return _entered(api, "activity")


def change_record(api: Api, record_id: str) -> tuple[dict[str, Any], int]:
    """Change a record in every CRM that has it; null empties a field.

    Raises:
        RequestRejectedError: a field is wrong.
        NotFoundError: there is no such record.
        ConflictError: the record kept moving; try again.
    """
    if record_id[:3] not in PREFIXES.values():
        read_records.read_record(runtime.hub(), api.caller().workspace_id, record_id)
    entity = entity_of(record_id)
    check(SHAPES[entity], api.body())
    return _entered(api, entity, record_id=record_id)


def places(api: Api, record_id: str) -> dict[str, Any]:
    """Tell how a record stands in every CRM: written, on its way, waiting, refused, off or gone.

    Raises:
        NotFoundError: the workspace has no such record.
    """
    desk = _desk(api)
    record = read_records.read_record(runtime.hub(), desk.workspace_id, record_id)
    (stands,) = await_places(runtime.hub(), [record], desk.integrations, wait_s=0)
    shown = show_places(stands, desk.integrations)
    settled = {"created": "written", "updated": "written", "unchanged": "written"}
    return {"items": [{**each, "result": settled.get(each["result"], each["result"])} for each in shown]}


def _entered(api: Api, entity: Entity, *, record_id: str = "") -> tuple[dict[str, Any], int]:
    desk, wait_s = _desk(api), api.query().get("wait", WAIT_S)
    entry, ignored = desk.entry(entity, api.body(), record_id=record_id)
    entered = enter_one(runtime.hub(), desk.workspace_id, entity, entry, by=desk.by)
    record = cast("Record", entered.record)
    (stands,) = await_places(runtime.hub(), [record], desk.integrations, wait_s=wait_s)
    shown = _shown(entered, ignored) | {"crms": show_places(stands, desk.integrations)}
    return shown, 202 if any(each.state == "pending" for each in stands.values()) else 200


def _shown(entered: Entered, ignored: tuple[str, ...]) -> dict[str, Any]:
    record = cast("Record", entered.record)
    result = "created" if entered.is_new else "updated" if entered.changed else "unchanged"
    return {
        "recordId": record.record_id,
        "result": result,
        "changed": list(entered.changed),
        "frozen": list(entered.frozen),
        "ignored": list(ignored),
    }


# ------------------------------------------------------------------------------------------------ in one CRM


def sync_contact(api: Api, integration_id: str) -> tuple[dict[str, Any], int]:
    """Create or update a contact, and tell its id in one CRM; the workspace's other CRMs hear of it as well.

    Raises:
        RequestRejectedError: a field is wrong, or several records could be meant.
        NotFoundError: the workspace has no such integration, or no record of that id.
        ConflictError: the record kept moving; try again.
    """
    return _synced(api, integration_id, "contact")


def sync_lead(api: Api, integration_id: str) -> tuple[dict[str, Any], int]:
    """Create or update a lead, and tell its id in one CRM; a contact where the CRM knows no leads.

    Raises:
        RequestRejectedError: a field is wrong, or several records could be meant.
        NotFoundError: the workspace has no such integration, or no record of that id.
        ConflictError: the record kept moving; try again.
    """
    knows_leads = api.integration(integration_id).rule("lead").enabled
    return _synced(api, integration_id, "lead" if knows_leads else "contact")


def _synced(api: Api, integration_id: str, entity: Entity) -> tuple[dict[str, Any], int]:
    only, desk, wait_s = {integration_id: api.integration(integration_id)}, _desk(api), api.query().get("wait", WAIT_S)
    entry, ignored = desk.entry(entity, api.body())
    entered = enter_one(runtime.hub(), desk.workspace_id, entity, entry, by=desk.by)
    (stands,) = await_places(runtime.hub(), [cast("Record", entered.record)], only, wait_s=wait_s)
    place = stands[integration_id]
    return _shown(entered, ignored) | {"entity": entity} | _crm(place), 202 if place.state == "pending" else 200


def _crm(place: Place) -> dict[str, Any]:
    return {"crmId": place.external_id, "crmResult": place.state, "words": place.words}


def batch_sync_contacts(api: Api, integration_id: str) -> tuple[dict[str, Any], int]:
    """Create or update up to 1,000 contacts, with a result for each; a wrong one hinders no other.

    Raises:
        RequestRejectedError: the body is no list of objects.
        NotFoundError: the workspace has no such integration.
        ConflictError: records kept moving; sending the same again does no harm.
    """
    only, desk, wait_s = {integration_id: api.integration(integration_id)}, _desk(api), api.query().get("wait", WAIT_S)
    entries: dict[int, Entry] = {}
    results: dict[int, dict[str, Any]] = {}
    ignored: dict[int, tuple[str, ...]] = {}
    for place, row in enumerate(api.rows()):
        try:
            check(SHAPES["contact"], row)
            entries[place], ignored[place] = desk.entry("contact", row)
        except RequestRejectedError as error:
            results[place] = {"result": "refused", "problem": words_of(error)}
    done = enter_many(runtime.hub(), desk.workspace_id, "contact", list(entries.values()), by=desk.by)
    entered = dict(zip(entries, done, strict=True))
    kept = {place: each.record for place, each in entered.items() if each.record is not None}
    stands = await_places(runtime.hub(), list(kept.values()), only, wait_s=wait_s) if kept else []
    for place, stood in zip(kept, stands, strict=True):
        results[place] = _shown(entered[place], ignored[place]) | _crm(stood[integration_id])
    for place, each in entered.items():
        if each.problem is not None:
            results[place] = {"result": "refused", "problem": words_of(each.problem)}
    items = [{"index": place, **results[place]} for place in sorted(results)]
    return {"items": items}, 202 if any(each.get("crmResult") == "pending" for each in items) else 200
