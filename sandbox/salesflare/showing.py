"""Rows as the vendor answers them. Source: recorded list answers; reads by id are taken to be the same."""

from __future__ import annotations

from typing import Any

from sandbox.salesflare.team import CURRENCY, Team

JsonObject = dict[str, Any]

_ACCOUNT = ("id", "name", "domain", "website", "description", "size", "picture", "creation_date", "modification_date")
_CONTACT = (
    "id", "prefix", "firstname", "middle", "lastname", "suffix", "name", "email", "domain", "picture",
    "birth_date", "creation_date", "modification_date", "archived",
)  # fmt: skip
_TASK = (
    "id", "description", "reminder_date", "completed", "completion_date", "creator", "last_modified_by",
    "creation_date", "modification_date",
)  # fmt: skip
_PHONES = {"mobile": "mobile_phone_number", "home": "home_phone_number", "fax": "fax_number"}


def person(team: Team, user_id: int | None) -> JsonObject | None:
    """Return somebody of the team as rows show them."""
    user = team.users.get(user_id or 0)
    return None if user is None else {key: user[key] for key in ("id", "picture", "name", "email")}


def show_account(team: Team, row: JsonObject) -> JsonObject:
    """Return an account."""
    shown: JsonObject = {key: row.get(key) for key in _ACCOUNT}
    shown |= _parts(team, row, ("addresses", "email_addresses", "phone_numbers", "social_profiles"))
    shown["owner"] = person(team, row.get("owner"))
    shown |= {"hotness": 0, "part_of": False, "last_interaction": None, "last_interaction_date": None}
    return shown


def show_contact(team: Team, row: JsonObject) -> JsonObject:
    """Return a contact; its numbers once more under their kind."""
    shown: JsonObject = {key: row.get(key) for key in _CONTACT}
    shown |= _parts(team, row, ("addresses", "phone_numbers", "positions", "social_profiles"))
    account = team.tables["accounts"].get(row.get("account") or 0)
    brief = ("id", "picture", "name", "domain")
    shown["account"] = None if account is None or account.get("gone") else {key: account.get(key) for key in brief}
    shown["owner"] = person(team, row.get("owner"))
    shown |= {"not_viewed": False, "opt-out": row.get("opt-out", False), "bounced": row.get("bounced", False)}
    shown |= {"phone_number": None, **dict.fromkeys(_PHONES.values())}
    for phone in reversed(shown["phone_numbers"]):
        shown[_PHONES.get(phone["type"], "phone_number")] = phone["number"]
    position: JsonObject = shown["positions"][0] if shown["positions"] else {}
    shown |= {"organisation": position.get("organisation"), "role": position.get("role")}
    shown |= {"connection_strength": 0.0, "last_email_date": None, "last_meeting_date": None}
    return shown


def show_opportunity(team: Team, row: JsonObject) -> JsonObject:
    """Return an opportunity with its stage, pipeline and currency."""
    pipeline, stage = team.stage(row["stage"]) or (team.pipelines[0], team.pipelines[0]["stages"][0])
    account = team.tables["accounts"].get(row["account"], {})
    keys = ("name", "value", "units", "frequency", "close_date", "start_date", "probability", "creator")
    shown = {"id": row["id"], **{key: row.get(key) for key in keys}}
    shown |= {key: row.get(key) for key in ("last_modified_by", "creation_date", "modification_date")}
    brief = ("id", "name", "color", "fixed_stage", "order", "probability")
    shown |= {
        "account": {"id": row["account"], "picture": None, "name": account.get("name"), "hotness": 0},
        "stage": {key: stage[key] for key in brief},
        "pipeline": {"id": pipeline["id"], "name": pipeline["name"]},
        "owner": (person(team, row.get("owner")) or {}) | {"disabled": False},
        "assignee": person(team, row.get("assignee")),
        "currency": CURRENCY,
        "calculated_value": row.get("value"),
        "closed": row.get("closed", stage["fixed_stage"] is not None),
        "done": row.get("done", False),
        "last_stage_change_date": row.get("last_stage_change_date"),
        "last_interaction": None,
        "lost_reason": None,
    }
    return shown | _parts(team, row, ())


def show_task(team: Team, row: JsonObject) -> JsonObject:
    """Return a task."""
    account = team.tables["accounts"].get(row.get("account") or 0)
    shown = {key: row.get(key) for key in _TASK}
    people = [team.users[each] for each in row["assignees"] if each in team.users]
    shown["assignees"] = [{key: each[key] for key in ("id", "name", "email", "picture", "disabled")} for each in people]
    shown["account"] = account and {"id": account["id"], "name": account.get("name"), "picture": None}
    return shown | {"type": "user", "archived": False, "email": None, "can_edit": True}


def show_meeting(team: Team, row: JsonObject) -> JsonObject:
    """Return a meeting or call; its answer is typed nowhere, so only what a create holds comes back."""
    keys = ("id", "type", "date", "end_date", "subject", "description", "notes", "calendar_id", "external_id")
    shown = {key: row.get(key) for key in (*keys, "creation_date", "modification_date")}
    shown["participants"] = [_participant(team, each) for each in row["participants"]]
    return shown


def _participant(team: Team, person_id: int) -> JsonObject:
    contact = team.tables["contacts"].get(person_id) or team.users.get(person_id) or {}
    return {"id": person_id, "name": contact.get("name"), "email": contact.get("email"), "picture": None}


def show_message(team: Team, row: JsonObject) -> JsonObject:
    """Return an internal note; its answer is typed nowhere."""
    shown = {key: row.get(key) for key in ("id", "body", "mentions", "date", "creation_date", "modification_date")}
    return shown | {"account": row["account"], "user": person(team, row["creator"])}


def show_tag(team: Team, row: JsonObject) -> JsonObject:
    """Return a tag with how often it is used."""
    used = {
        f"{name}_count": sum(row["id"] in each.get("tags", ()) for each in team.live(table))
        for name, table in (("account", "accounts"), ("person", "contacts"), ("opportunity", "opportunities"))
    }
    keys = ("id", "team", "name", "automated", "creation_date", "modification_date")
    return {key: row.get(key) for key in keys} | used | {"total_count": sum(used.values())}


def _parts(team: Team, row: JsonObject, names: tuple[str, ...]) -> JsonObject:
    """Return lists of parts without what is archived, tags by name, and custom values."""
    parts: JsonObject = {
        name: [{key: part[key] for key in part if key != "archived"} for part in row.get(name, ()) if not _away(part)]
        for name in names
    }
    tags = team.tables["tags"]
    parts["tags"] = [{"id": each, "name": tags[each]["name"]} for each in row.get("tags", ()) if each in tags]
    parts["custom"] = dict(row["custom"]) if row.get("custom") else None
    return parts | {"can_edit": True}


def _away(part: JsonObject) -> bool:
    return bool(part.get("archived"))
