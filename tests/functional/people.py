"""What people do in the simulated CRMs, and what they then see there."""

from __future__ import annotations

from typing import Any

from tests.functional.rehearsal import Rehearsal


class HubSpotPerson:
    """Somebody at work in HubSpot."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._rehearsal = rehearsal

    def fill(self, **records: list[dict[str, Any]]) -> dict[str, Any]:
        """Store records silently, before anything is connected."""
        body = {
            name: [row if "properties" in row else {"properties": row} for row in rows]
            for name, rows in records.items()
        }
        return self._rehearsal.control("hubspot", "seed", body)

    def act(self, op: str, entity: str, record_id: str = "", **more: Any) -> Any:
        """Do one thing on screen."""
        row = {"op": op, "entity": entity, **({"id": record_id} if record_id else {}), **more}
        return self._rehearsal.control("hubspot", "seed", {"notify": True, "operations": [row]})

    def rows(self, entity: str) -> list[dict[str, Any]]:
        """Return the live records with their ids."""
        rows = self._rehearsal.control("hubspot", "state")[entity]
        return [{"id": row["id"], **row["properties"]} for row in rows if not row.get("archived")]

    def contact(self, email: str) -> dict[str, Any]:
        """Return the one contact with an e-mail address."""
        (found,) = [row for row in self.rows("contacts") if row.get("email") == email]
        return found


class SalesforcePerson:
    """Somebody at work in Salesforce."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._rehearsal = rehearsal

    def fill(self, **records: list[dict[str, Any]]) -> dict[str, Any]:
        """Store records silently, before anything is connected."""
        return self._rehearsal.control("salesforce", "seed", {"records": records})

    def act(self, action: str, record_id: str = "", **more: Any) -> Any:
        """Do one thing on screen."""
        row = {"action": action, **({"id": record_id} if record_id else {}), **more}
        return self._rehearsal.control("salesforce", "seed", {"actions": [row]})

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return the live records."""
        return [row for row in self._rehearsal.control("salesforce", "state")[name] if not row.get("IsDeleted")]

    def contact(self, email: str) -> dict[str, Any]:
        """Return the one contact with an e-mail address."""
        (found,) = [row for row in self.rows("Contact") if (row.get("Email") or "").lower() == email]
        return found


def write_rows(rehearsal: Rehearsal, crm: str) -> int:
    """Return how many write calls a CRM has answered."""
    verbs = ("batch/create", "batch/update", "batch/upsert", "batch/archive", "composite/sobjects", "associations")
    counts = rehearsal.control(crm, "calls")["counts"]
    return sum(
        row["count"]
        for row in counts
        if row["method"] in ("POST", "PATCH", "PUT", "DELETE")
        and any(verb in row["endpoint"] for verb in verbs)
        and not row["endpoint"].endswith(("/batch/read",))
        and not ("composite/sobjects/" in row["endpoint"] and row["method"] == "POST")
    )
