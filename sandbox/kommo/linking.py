"""Links between records: made and ended, one company at most at either kind of end."""

from __future__ import annotations

from typing import Any

from sandbox.kommo.errors import choice
from sandbox.kommo.records import Account
from sandbox.kommo.writing import Actor

JsonObject = dict[str, Any]
PAIRS = frozenset({("leads", "contacts"), ("leads", "companies"), ("contacts", "companies")})


class Linker:
    """Links records of one account."""

    def __init__(self, account: Account) -> None:
        """Link in ``account``."""
        self._account = account

    def check(self, entity: str, row: JsonObject, place: int, *, linking: bool) -> list[JsonObject]:
        """Return what is wrong with one link to make or to end."""
        source = self._account.tables[entity].get(row.get("entity_id") or 0)
        target_entity = row.get("to_entity_type")
        if source is None:
            return [choice(f"{place}.entity_id")]
        if (entity, target_entity) not in PAIRS:
            return [choice(f"{place}.to_entity_type")]
        if linking and row.get("to_entity_id") not in self._account.tables[str(target_entity)]:
            return [choice(f"{place}.to_entity_id")]
        has_other = source["company_id"] not in {0, row.get("to_entity_id")}
        if linking and target_entity == "companies" and has_other and self._account.options.second_company == "refuse":
            return [choice(f"{place}.to_entity_id")]
        return []

    def link(self, entity: str, row: JsonObject, actor: Actor) -> None:
        """Make one checked link; one that is there already stays."""
        source, target_id = self._account.tables[entity][row["entity_id"]], row["to_entity_id"]
        if row["to_entity_type"] == "companies":
            source["company_id"] = target_id
        else:
            metadata: JsonObject = row.get("metadata") or {}
            is_main = bool(metadata.get("is_main")) or not source["contacts"]
            if is_main:
                source["contacts"] = dict.fromkeys(source["contacts"], False)
            source["contacts"][target_id] = is_main
        self._changed("entity_linked", entity, row, actor)

    def unlink(self, entity: str, row: JsonObject, actor: Actor) -> None:
        """End one checked link; one that is not there is no error."""
        source, target_id = self._account.tables[entity][row["entity_id"]], row["to_entity_id"]
        if row["to_entity_type"] == "companies":
            source["company_id"] = 0 if source["company_id"] == target_id else source["company_id"]
        else:
            source["contacts"].pop(target_id, None)
        self._changed("entity_unlinked", entity, row, actor)

    def of(self, entity: str, record_id: int) -> list[JsonObject]:
        """Return a record's links as the list of links shows them."""
        source = self._account.tables[entity][record_id]
        found = [
            {"to_entity_id": each, "to_entity_type": "contacts", "metadata": {"main_contact": is_main}}
            for each, is_main in source.get("contacts", {}).items()
            if each in self._account.tables["contacts"]
        ]
        if source["company_id"] in self._account.tables["companies"]:
            found.append({"to_entity_id": source["company_id"], "to_entity_type": "companies", "metadata": None})
        return found

    def _changed(self, kind: str, entity: str, row: JsonObject, actor: Actor) -> None:
        word = {"leads": "lead", "contacts": "contact", "companies": "company"}[row["to_entity_type"]]
        after = [{"link": {"entity": {"type": word, "id": row["to_entity_id"]}}}]
        self._account.log(kind, entity, row["entity_id"], by=actor.by, after=after)
        if self._account.options.links_touch:
            for table, record_id in ((entity, row["entity_id"]), (row["to_entity_type"], row["to_entity_id"])):
                self._account.tables[table][record_id]["updated_at"] = self._account.now_s()
