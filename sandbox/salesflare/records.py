"""Operations on accounts, contacts, opportunities and tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from sandbox.salesflare import querying
from sandbox.salesflare.calls import Call, listed, single
from sandbox.salesflare.checking import check
from sandbox.salesflare.errors import VendorError, invalid, refusal
from sandbox.salesflare.schemas import ACCOUNT_CONTACTS, TAG
from sandbox.salesflare.showing import show_account, show_contact, show_opportunity, show_tag
from sandbox.salesflare.team import Team

JsonObject = dict[str, Any]

SHOWN: dict[str, Callable[[Team, JsonObject], JsonObject]] = {
    "accounts": show_account,
    "contacts": show_contact,
    "opportunities": show_opportunity,
}
ENTITIES = {"accounts": "account", "contacts": "person", "opportunities": "opportunity"}
ORDERS = ("id", "name", "creation_date", "modification_date", "last_interaction_date")


def list_records(call: Call, table: str) -> object:
    """Answer one page of a table as a bare list."""
    request, team = call.request, call.team
    querying.check_keys(querying.KEYS[table], request)
    wanted = querying.ids(request, "id")
    known = [team.tables[table][each] for each in sorted(set(wanted)) if each in team.tables[table]]
    with_archived = call.flag("includeArchived", default=False)
    rows = [row for row in (known if wanted else team.live(table)) if not row.get("gone")]
    rows = querying.between([row for row in rows if with_archived or not row["archived"]], request)
    if querying.asks_index(request):
        rows = _indexed(call, table, rows)
    rows = querying.page(team, querying.ordered(rows, request, ORDERS), request, table)
    call.note(table, len(rows))
    return [SHOWN[table](team, row) for row in rows]


def _indexed(call: Call, table: str, rows: list[JsonObject]) -> list[JsonObject]:
    """Return what the lagging index answers to keys, searches and ``q``."""
    query = querying.rules_of(call.request)
    if query is not None:
        rows = [row for row in rows if querying.matches_query(call.team, ENTITIES[table], row, query)]
    args = call.request.args
    return [row for row in rows if call.team.is_indexed(table, row["id"]) and _matches_keys(args, row)]


def _matches_keys(args: Any, row: JsonObject) -> bool:
    for key in ("email", "domain"):
        if key in args and str(row.get(key) or "").lower() not in [each.lower() for each in args.getlist(key)]:
            return False
    if "account" in args and str(row.get("account")) not in args.getlist("account"):
        return False
    numbers = {each["number"] for each in row.get("phone_numbers", ()) if not each.get("archived")}
    if "phone_number" in args and args["phone_number"] not in numbers:
        return False
    texts = [str(row.get(key) or "").lower() for key in ("name", "email", "domain")]
    name, search = args.get("name", "").lower(), args.get("search", "").lower()
    return name in texts[0] and any(search in text for text in texts)


def get_record(call: Call, table: str) -> object:
    """Answer one record; an archived contact too."""
    row = call.row(table)
    call.note(table, 1)
    return SHOWN[table](call.team, row)


def create_account(call: Call) -> object:
    """Make an account, or change the one of that domain where ``update_if_exists`` says so."""
    body = call.json()
    call.note("accounts", 1)
    if call.flag("update_if_exists", default=False) and isinstance(body, dict):
        given = cast("JsonObject", body)
        domain = str(given.get("domain") or "").lower()
        twin = next((row for row in call.team.live("accounts") if domain and row.get("domain") == domain), None)
        if twin is not None:
            call.writer.update("accounts", twin["id"], {key: given[key] for key in given if key != "owner"})
            return {"id": twin["id"]}
    return {"id": call.writer.create("accounts", cast("object", body))["id"]}


def create_contacts(call: Call) -> object:
    """Make contacts, all of a list or none; ``force=false`` makes none whose address is taken."""
    body = call.json()
    force = call.flag("force", default=True)
    many = listed(body)
    if not many:
        raise invalid("payload", "", '"value" must contain at least 1 items', "array", "min")
    call.note("contacts", len(many))
    made: list[int] = []
    answered: list[JsonObject] = []
    try:
        for path, each in many:
            twin = None if force else _twin(call, each)
            if twin is None:
                made.append(int(call.writer.create("contacts", each, path=path)["id"]))
                answered.append({"id": made[-1]})
            elif call.team.options.twin_contacts == "answer_existing":
                answered.append({"id": twin})
            elif call.team.options.twin_contacts == "refuse":
                raise refusal(400, "A contact with this email address already exists")
    except VendorError:
        for each_id in made:
            del call.team.tables["contacts"][each_id]
        raise
    return single(answered, body) if answered else []


def _twin(call: Call, body: object) -> int | None:
    email = cast("JsonObject", body).get("email") if isinstance(body, dict) else None
    return call.team.contact_of(email.strip().lower()) if isinstance(email, str) else None


def create_opportunity(call: Call) -> object:
    """Make an opportunity."""
    call.note("opportunities", 1)
    return {"id": call.writer.create("opportunities", call.json())["id"]}


def update_record(call: Call, table: str) -> object:
    """Change a record; the answer tells no values."""
    if table == "contacts":
        call.flag("force", default=True)
    call.note(table, 1)
    call.writer.update(table, call.id(), call.json())
    return {"success": True}


def delete_record(call: Call, table: str) -> object:
    """Delete a record."""
    call.note(table, 1)
    call.writer.delete(table, call.id())
    return {"success": True}


def link_contacts(call: Call) -> object:
    """Bring contacts into an account, or take them out."""
    account, body = call.row("accounts"), call.json()
    for place, each in enumerate(cast("list[object]", body) if isinstance(body, list) else [body]):
        given = check(ACCOUNT_CONTACTS, each, path=str(place))
        contact = call.team.row("contacts", int(given["id"]))
        contact["account"] = None if given.get("_deleted") else account["id"]
        call.team.touch("contacts", contact)
    return {"success": True}


def list_tags(call: Call) -> object:
    """Answer one page of tags."""
    querying.check_keys(querying.KEYS["tags"], call.request)
    wanted, name = querying.ids(call.request, "id"), call.request.args.get("name", "").lower()
    rows = [row for row in call.team.live("tags") if name in row["name"].lower()]
    rows = [row for row in rows if not wanted or row["id"] in wanted]
    rows = querying.page(call.team, querying.ordered(rows, call.request, ORDERS), call.request, "tags")
    return [show_tag(call.team, row) for row in rows]


def create_tag(call: Call) -> object:
    """Make a tag, or answer the one of that name."""
    return {"id": call.team.tag_id(check(TAG, call.json())["name"].strip())}


def update_tag(call: Call) -> object:
    """Rename a tag everywhere."""
    row = call.row("tags")
    row["name"] = check(TAG, call.json())["name"].strip()
    call.team.touch("tags", row)
    return {"success": True}


def delete_tag(call: Call) -> object:
    """Delete a tag and take it from every record."""
    row = call.row("tags")
    row["gone"] = True
    for table in ENTITIES:
        for each in call.team.live(table):
            each["tags"] = [tag for tag in each.get("tags", ()) if tag != row["id"]]
    return {"success": True}
