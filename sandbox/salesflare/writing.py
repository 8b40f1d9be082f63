"""Accounts, contacts and opportunities made, changed and deleted."""

from __future__ import annotations

import copy
from typing import Any, cast

from sandbox.salesflare.checking import Schema, check
from sandbox.salesflare.errors import invalid, refusal
from sandbox.salesflare.parts import take_custom, take_parts
from sandbox.salesflare.schemas import (
    ACCOUNT,
    CONTACT,
    NAMES,
    NEW_ACCOUNT,
    NEW_CONTACT,
    NEW_OPPORTUNITY,
    OPPORTUNITY,
)
from sandbox.salesflare.team import Team, day_of

JsonObject = dict[str, Any]

SCHEMAS: dict[str, tuple[Schema, Schema]] = {
    "accounts": (NEW_ACCOUNT, ACCOUNT),
    "contacts": (NEW_CONTACT, CONTACT),
    "opportunities": (NEW_OPPORTUNITY, OPPORTUNITY),
}
_PLAIN: dict[str, tuple[str, ...]] = {
    "accounts": ("name", "domain", "website", "description", "size", "picture"),
    "contacts": (
        "prefix", "firstname", "middle", "lastname", "suffix", "name", "email", "domain", "picture", "birth_date",
        "opt-out", "bounced", "archived",
    ),
    "opportunities": ("name", "value", "probability", "units", "frequency", "closed", "done"),
}  # fmt: skip


class Writer:
    """Writes one team's records; a refused body changes nothing."""

    def __init__(self, team: Team) -> None:
        self._team = team

    def create(self, table: str, body: object, *, path: str = "", by: int | None = None) -> JsonObject:
        """Make a record.

        Raises:
            VendorError: 400, the body breaks a rule.
        """
        given = check(SCHEMAS[table][0], body, path=path)
        if table == "contacts" and not any(given.get(name) for name in NAMES):
            words = f'"value" must contain at least one of [{", ".join(NAMES)}]'
            raise invalid("payload", path, words, "object", "missing")
        row: JsonObject = {"id": 0, "custom": {}, "tags": [], "creator": by or self._team.me, "archived": False}
        if table != "opportunities":
            row["owner"] = row["creator"]
        self._take(table, row, given)
        row["id"] = self._team.new_id("persons" if table == "contacts" else table)
        row["creation_date"] = self._team.now()
        self._team.tables[table][row["id"]] = row
        self._index(table, row)
        self._team.touch(table, row, by=by)
        return row

    def update(self, table: str, row_id: int, body: object, *, by: int | None = None) -> bool:
        """Change a record; tells whether anything is different now.

        Raises:
            VendorError: 404; 400, the body breaks a rule.
        """
        row = self._team.row(table, row_id)
        given = check(SCHEMAS[table][1], body)
        changed = copy.deepcopy(row)
        self._take(table, changed, given)
        is_other = changed != row
        row.update(changed)
        self._index(table, row)
        self._team.touch(table, row, by=by)
        return is_other

    def delete(self, table: str, row_id: int) -> None:
        """Delete a record; a contact is archived where this team's option says so.

        Raises:
            VendorError: 404.
        """
        row = self._team.row(table, row_id)
        if table == "contacts" and self._team.options.deleted_contacts == "archived":
            if row["archived"]:
                raise refusal(404)
            row["archived"] = True
        else:
            row["gone"] = True
        self._team.touch(table, row)

    # ------------------------------------------------------------------------------------- parts of it

    def _index(self, table: str, row: JsonObject) -> None:
        if table == "contacts" and row.get("email"):
            held = self._team.by_email.setdefault(row["email"], [])
            held += [row["id"]] if row["id"] not in held else []

    def _take(self, table: str, row: JsonObject, given: JsonObject) -> None:
        self._take_references(table, row, given)
        row.update({key: _trimmed(given[key]) for key in _PLAIN[table] if key in given})
        if table == "contacts":
            _take_names(row, given)
        take_parts(self._team, row, given)
        if "custom" in given:
            take_custom(self._team, table, row, given["custom"] or {})
        for key in ("close_date", "start_date"):
            if key in given:
                row[key] = None if given[key] is None else day_of(given[key])

    def _take_references(self, table: str, row: JsonObject, given: JsonObject) -> None:
        for key in ("owner", "assignee"):
            if key in given:
                row[key] = self._user(key, given[key])
        if "account" in given:
            row["account"] = self._account(given["account"])
        if table == "opportunities":
            self._take_stage(row, given)

    def _take_stage(self, row: JsonObject, given: JsonObject) -> None:
        if not row["id"]:
            row.setdefault("owner", self._team.me)
            row["assignee"] = row.get("assignee") or row["owner"]
            row["start_date"] = day_of(self._team.now())
        if "stage" not in given and row["id"]:
            return
        first = self._team.pipelines[0]["stages"][0]["id"]
        found = self._team.stage(_id(given.get("stage", first)) or 0)
        if found is None:
            raise refusal(400, "The stage does not exist")
        if row.get("stage") != found[1]["id"]:
            row["stage"] = found[1]["id"]
            row["probability"] = found[1]["probability"]
            row["closed"] = found[1]["fixed_stage"] is not None
            row["last_stage_change_date"] = self._team.now()

    def _user(self, key: str, given: object) -> int | None:
        user_id = _id(given)
        if user_id is None:
            return None
        user = self._team.users.get(user_id)
        if user is None or user["disabled"]:
            raise invalid("payload", key, f'"{key}" is not an active user of the team', "number", "exist")
        return int(user["id"])

    def _account(self, given: object) -> int | None:
        account_id = _id(given)
        if account_id is None:
            return None
        row = self._team.tables["accounts"].get(account_id)
        if row is None or row.get("gone"):
            raise refusal(400, "The account does not exist")
        return int(row["id"])


def _id(given: object) -> int | None:
    """Return an id given alone or within an object; 0, which nothing has, for anything else."""
    found = cast("JsonObject", given).get("id") if isinstance(given, dict) else given
    return found if found is None or isinstance(found, int) else 0


def _trimmed(value: object) -> object:
    return value.strip() or None if isinstance(value, str) else value


def _take_names(row: JsonObject, given: JsonObject) -> None:
    """Keep a contact's full name and address as the vendor does: lower case, domain from the address."""
    if isinstance(given.get("email"), str):
        row["email"] = given["email"].strip().lower()
        row["domain"] = row["email"].rpartition("@")[2]
    if "name" in given and isinstance(given["name"], str) and not {"firstname", "lastname"} & given.keys():
        row["firstname"], _, last = given["name"].strip().partition(" ")
        row["lastname"] = last or None
    if {"firstname", "lastname", "middle"} & given.keys():
        row["name"] = " ".join(filter(None, (row.get(key) for key in ("firstname", "middle", "lastname")))) or None
