"""Types into the simulated Salesforce as its users do, and reads what it holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs

from local.demo.control import Control
from local.demo.meter import Use
from local.demo.model import ENTITIES, Draft, Entity, Seller, World
from local.demo.seen import Seen, Snapshot, as_it_is
from local.demo.sides.salesforce_fields import FIELDS, INDUSTRIES, NUMBERS, OBJECTS, REQUIRED, STAGES

_EXTERNAL_ID = re.compile(r"(?i)crm_?bridge")
_ENTITIES: Mapping[str, Entity] = {name: entity for entity, name in OBJECTS.items()}
_ROLE = "OpportunityContactRole"
_COLLECTION = re.compile(r"/services/data/v[\d.]+/composite/sobjects(?:/(?P<object>\w+))?")
_QUERY = re.compile(r"/services/data/v[\d.]+/query(?:All)?(?P<more>/.+)?$")
_ONE_RECORD = re.compile(r"/services/data/v[\d.]+/sobjects/(?P<object>\w+)(?P<rest>.*)")
_JOB = re.compile(r"/services/data/v[\d.]+/jobs/(?P<kind>ingest|query)(?P<rest>/.*)?$")
_SUBQUERY = re.compile(r"\(\s*SELECT\b[^()]*\)", re.IGNORECASE)
_FROM = re.compile(r"\bFROM\s+(?P<object>\w+)", re.IGNORECASE)
_BY_ID = re.compile(r"\bId\s+IN\s*\(|\bId\s*=", re.IGNORECASE)
_BY_KEY = re.compile(r"\b\w+\s+IN\s*\(", re.IGNORECASE)


class Side:
    """Salesforce."""

    label = "Salesforce"
    batch = 200
    batches: Mapping[Entity, int] = MappingProxyType({})
    batch_writes: Mapping[str, str] = MappingProxyType(
        {"method": "PATCH", "path": r"/services/data/v[\d.]+/composite/"}
    )
    api_paths = "/services/"
    has_webhooks = True
    stages = STAGES
    has_seats = True
    held: Mapping[Entity, frozenset[str]] = MappingProxyType({each: frozenset(FIELDS[each]) for each in ENTITIES})
    needs: Mapping[Entity, frozenset[str]] = MappingProxyType({})

    def __init__(self, control: Control) -> None:
        self.control = control
        self._owners: dict[str, str] = {}

    @classmethod
    def trimmed(cls, draft: Draft) -> Draft | None:
        """Return a draft as it is: what has no place here is left out when it is typed."""
        return draft

    def fill(self, world: World) -> None:
        """Type everything of a world, object by object, since Salesforce gives the ids that others name."""
        sellers = [each for each in world.sellers if self.control.crm in each.crms]
        users = self._store("User", [_user(each, self._profile()) for each in sellers])
        owners = {each.email: user_id for each, user_id in zip(sellers, users, strict=True)}
        known: dict[str, str] = {}
        for entity in ENTITIES:
            drafts = list(world.of(self.control.crm, entity).values())
            rows = [_typed(draft, owners=owners, known=known) for draft in drafts]
            ids = self._store(OBJECTS[entity], rows)
            known.update(zip((draft.key for draft in drafts), ids, strict=True))
        deals = world.of(self.control.crm, "deal").values()
        roles = [{"OpportunityId": known[deal.key], "ContactId": known[key]} for deal in deals for key in deal.contacts]
        self._store(_ROLE, roles)

    def _store(self, name: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        return self.control.seed({"records": {name: rows}})["ids"][name]

    def _profile(self) -> str:
        return next(row["Id"] for row in self.control.state("Profile") if row["Name"] == "Standard User")

    def snapshot(self) -> Snapshot:
        """Return every live record and every active user."""
        self._read_owners()
        return Snapshot(
            crm=self.control.crm,
            records={entity: tuple(self._rows(entity)) for entity in ENTITIES},
            owners=frozenset(self._owners.values()),
            required=REQUIRED,
        )

    def look(self, entity: Entity, external_ids: Sequence[str]) -> dict[str, Seen]:
        """Return some live records by id."""
        return {row.external_id: row for row in self._rows(entity, ids=external_ids)}

    def edit(self, entity: Entity, external_id: str, changes: Mapping[str, str]) -> None:
        """Change a record in Salesforce's screens; outbound messages leave."""
        self.edit_all([(entity, external_id, changes)])

    def edit_all(self, edits: Sequence[tuple[Entity, str, Mapping[str, str]]]) -> None:
        """Change records in Salesforce's screens, one after the other."""
        actions = [
            {
                "action": "update",
                "id": external_id,
                "fields": {FIELDS[entity][name]: _spelt(name, value) for name, value in changes.items()},
            }
            for entity, external_id, changes in edits
        ]
        self.control.seed({"actions": actions})

    def edited_at_ms(self, entity: Entity, external_id: str) -> int:
        """Return the record's ``LastModifiedDate``, which Salesforce keeps to the second."""
        row = self.control.state(OBJECTS[entity], ids=[external_id])[0]
        return round(datetime.strptime(row["LastModifiedDate"], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp() * 1000)

    def shows(self, entity: Entity, name: str, value: str) -> str | None:
        """Return a value as it is."""
        return as_it_is(entity, name, value)

    def classify(self, call: Mapping[str, Any]) -> Use:
        """Tell a call's purpose by its path, and by its query where it has one."""
        path = call["path"]
        if found := _COLLECTION.match(path):
            return _collection(call, found["object"] or call.get("object", ""))
        if found := _QUERY.match(path):
            return _query(call, more=bool(found["more"]))
        if found := _JOB.match(path):
            return _job(call, kind=found["kind"], rest=found["rest"] or "")
        if found := _ONE_RECORD.match(path):
            entity = _entity(found["object"])
            if call["method"] == "GET":
                return Use("list" if re.match(r"/(updated|deleted)", found["rest"]) else "other", entity)
            return Use("write", entity) if entity else Use("other", "")
        return Use("other", "")

    def _rows(self, entity: Entity, *, ids: Sequence[str] = ()) -> list[Seen]:
        if not self._owners:
            self._read_owners()
        people: dict[str, set[str]] = {}
        if entity == "deal" and not ids:
            for role in self.control.state(_ROLE):
                if not role.get("IsDeleted"):
                    people.setdefault(role["OpportunityId"], set()).add(role["ContactId"])
        rows = self.control.state(OBJECTS[entity], ids=ids)
        return [self._seen(entity, row, people) for row in rows if not row.get("IsDeleted")]

    def _seen(self, entity: Entity, row: Mapping[str, Any], people: Mapping[str, set[str]]) -> Seen:
        fields = {name: _text(row.get(spelling)) for name, spelling in FIELDS[entity].items()}
        fields["owner"] = self._owners.get(fields["owner"], fields["owner"])
        correlation = next((_text(row[name]) for name in row if _EXTERNAL_ID.match(name)), "")
        return Seen(
            entity=entity,
            external_id=row["Id"],
            fields=fields,
            company="" if entity == "company" else _text(row.get("AccountId")),
            contacts=frozenset(people.get(row["Id"], ())),
            correlation_id=correlation,
        )

    def _read_owners(self) -> None:
        rows = self.control.state("User")
        self._owners = {row["Id"]: row["Email"].lower() for row in rows if row.get("IsActive", True)}


def _collection(call: Mapping[str, Any], name: str) -> Use:
    kind = "read" if call["method"] == "GET" or (name and call["method"] == "POST") else "write"
    if name == _ROLE:
        return Use("link", "deal")
    return Use(kind, _entity(name))


def _job(call: Mapping[str, Any], *, kind: str, rest: str) -> Use:
    """Tell a bulk job's call by what it moves: a look at a job that writes counts the rows written since the last."""
    entity = _entity(call.get("object", ""))
    if kind == "query":
        return Use("list" if rest.endswith("/results") else "other", entity)
    return Use("write" if call["method"] == "GET" and rest.count("/") == 1 else "other", entity)


def _query(call: Mapping[str, Any], *, more: bool) -> Use:
    asked = _SUBQUERY.sub("", parse_qs(str(call.get("query", ""))).get("q", [""])[0])
    found = _FROM.search(asked)
    if found is None:
        return Use("list" if more else "other", "")
    entity = _entity(found["object"])
    if found["object"] == _ROLE:
        return Use("read", "deal")
    if not entity:
        return Use("other", "")
    if _BY_ID.search(asked):
        return Use("read", entity)
    return Use("find" if _BY_KEY.search(asked) else "list", entity)


def _entity(name: str) -> str:
    return _ENTITIES.get(name, "")


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value)


def _user(seller: Seller, profile_id: str) -> dict[str, Any]:
    handle = seller.email.partition("@")[0]
    return {
        "Username": seller.email,
        "Email": seller.email,
        "FirstName": seller.first_name,
        "LastName": seller.last_name,
        "Name": f"{seller.first_name} {seller.last_name}",
        "Alias": handle[:8],
        "CommunityNickname": handle[:40],
        "TimeZoneSidKey": "GMT",
        "LocaleSidKey": "en_US",
        "EmailEncodingKey": "UTF-8",
        "LanguageLocaleKey": "en_US",
        "ProfileId": profile_id,
        "UserType": "Standard",
    }


def _typed(draft: Draft, *, owners: Mapping[str, str], known: Mapping[str, str]) -> dict[str, Any]:
    """Return one record in Salesforce's names; references as the ids given before."""
    fields = {FIELDS[draft.entity][name]: _spelt(name, value) for name, value in draft.fields.items()}
    if "OwnerId" in fields:
        fields["OwnerId"] = owners[draft.fields["owner"]]
    if draft.company:
        fields["AccountId"] = known[draft.company]
    return fields


def _spelt(name: str, value: str) -> str | int | float | None:
    if not value:
        return None
    if name == "industry":
        return INDUSTRIES.get(value, value)
    if name in NUMBERS:
        return float(value) if "." in value else int(value)
    return value
