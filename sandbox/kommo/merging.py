"""Two records become one, as people do it in Kommo's screens."""

from __future__ import annotations

from typing import Any

from sandbox.kommo.records import SINGULAR, Account
from sandbox.kommo.writing import Actor, Tell

JsonObject = dict[str, Any]


def merge(account: Account, entity: str, ids: tuple[int, int], actor: Actor, tell: Tell) -> int:
    """Merge the second record into the first; what the first lacks is taken over.

    Which webhooks Kommo sends is not documented: here, one update of the survivor and nothing of the other.
    """
    kept, lost = (account.tables[entity][each] for each in ids)
    del account.tables[entity][lost["id"]]
    account.merged[entity, lost["id"]] = kept["id"]
    kept["custom"] = {**lost["custom"], **kept["custom"]}
    kept["tags"] = list(dict.fromkeys([*kept["tags"], *lost["tags"]]))
    kept["company_id"] = kept["company_id"] or lost["company_id"]
    _relink(account, entity, lost["id"], kept["id"])
    kept["updated_at"], kept["updated_by"] = account.now_s(), actor.by
    told = account.options.merge_event
    entity_id, other = (kept["id"], lost["id"]) if told == "survivor" else (lost["id"], kept["id"])
    named = [{"entity": {"id": other, "type": SINGULAR[entity]}}]
    account.log(
        "entity_merged",
        entity,
        entity_id,
        by=actor.by,
        before=named if told == "survivor" else (),
        after=named if told == "loser" else (),
    )
    tell(entity, "update", f"update_{SINGULAR[entity]}", kept)
    return int(kept["id"])


def _relink(account: Account, entity: str, old: int, new: int) -> None:
    for table in ("leads", "contacts"):
        for row in account.tables[table].values():
            if entity == "companies" and row["company_id"] == old:
                row["company_id"] = new
            if entity == "contacts" and old in row.get("contacts", {}):
                row["contacts"][new] = row["contacts"].pop(old) or row["contacts"].get(new, False)
