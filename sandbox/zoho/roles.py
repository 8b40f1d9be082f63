"""The contacts of a deal, each with a role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sandbox.zoho.account import User
from sandbox.zoho.errors import ZohoError, invalid_data, mandatory
from sandbox.zoho.org import ROLES, Org
from sandbox.zoho.params import fields_of
from sandbox.zoho.records import Record
from sandbox.zoho.showing import Shower
from sandbox.zoho.writing import ROWS_MAX, Writer

JsonObject = dict[str, Any]


class RoleBook:
    """Reads and changes contact roles of deals."""

    def __init__(self, org: Org, writer: Writer) -> None:
        """Work in ``org``."""
        self._org, self._writer = org, writer

    def list(self, deal_id: str, params: Mapping[str, str], viewer: User) -> JsonObject | None:
        """Return the contacts of a deal with their roles, ``None`` where it has none.

        Raises:
            ZohoError: the deal does not exist, or no fields are named.
        """
        deal = self._deal(deal_id)
        names = fields_of(params)
        table = self._org.tables["Contacts"]
        roles = dict(deal.roles)
        primary = deal.values.get("Contact_Name")
        if primary and self._org.options.primary_is_role:
            roles.setdefault(str(primary), str(ROLES[0]["id"]))
        shower = Shower(self._org, viewer)
        rows = [
            {**shower.row(table, table.live[each], names), "Contact_Role": self._role(role_id)}
            for each, role_id in roles.items()
            if each in table.live
        ]
        if not rows:
            return None
        info = {"per_page": 200, "count": len(rows), "page": 1, "more_records": False}
        return {"data": rows, "info": info}

    def put(self, deal_id: str, rows: Sequence[JsonObject], by: User) -> list[JsonObject]:
        """Give contacts a role in a deal.

        Raises:
            ZohoError: the deal does not exist, or there are too many rows.
        """
        deal = self._deal(deal_id)
        if len(rows) > ROWS_MAX:
            raise ZohoError(code="LIMIT_EXCEEDED", message="only 100 records can be processed at a time")
        answers: list[JsonObject] = []
        for place, row in enumerate(rows):
            contact_id, role = str(row.get("id") or ""), row.get("Contact_Role")
            role_id = cast("JsonObject", role).get("id") if isinstance(role, dict) else None
            if contact_id not in self._org.tables["Contacts"].live:
                answers.append(invalid_data("the related id given seems to be invalid", id=contact_id).as_json())
                continue
            if not any(each["id"] == role_id for each in ROLES):
                answers.append(mandatory("Contact_Role", f"$.data[{place}].Contact_Role").as_json())
                continue
            message = "relation updated" if contact_id in deal.roles else "relation added"
            deal.roles[contact_id] = str(role_id)
            answers.append(_done(contact_id, message))
        self._touch(deal, by)
        return answers

    def remove(self, deal_id: str, ids: Sequence[str], by: User) -> list[JsonObject]:
        """Take contacts off a deal.

        Raises:
            ZohoError: the deal does not exist.
        """
        deal = self._deal(deal_id)
        answers: list[JsonObject] = []
        for each in ids:
            if deal.roles.pop(each, None) is None:
                answers.append(invalid_data("the related id given seems to be invalid", id=each).as_json())
            else:
                answers.append(_done(each, "relation removed"))
        self._touch(deal, by)
        return answers

    def _deal(self, deal_id: str) -> Record:
        deal = self._org.tables["Deals"].live.get(deal_id)
        if deal is None:
            raise invalid_data("the related id given seems to be invalid", resource_path_index=1)
        return deal

    def _touch(self, deal: Record, by: User) -> None:
        if self._org.options.roles_touch:
            self._writer.touch(self._org.tables["Deals"], deal, by)

    @staticmethod
    def _role(role_id: str) -> JsonObject:
        found = next(each for each in ROLES if each["id"] == role_id)
        return {"name": found["name"], "id": role_id}


def _done(contact_id: str, message: str) -> JsonObject:
    return {"code": "SUCCESS", "details": {"id": contact_id}, "message": message, "status": "success"}
