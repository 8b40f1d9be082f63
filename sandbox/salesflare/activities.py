"""Tasks, meetings, calls and internal notes."""

from __future__ import annotations

from typing import Any, cast

from sandbox.salesflare import querying
from sandbox.salesflare.calls import Call, listed, single
from sandbox.salesflare.checking import check
from sandbox.salesflare.errors import invalid, refusal
from sandbox.salesflare.schemas import MEETING, MESSAGE, NEW_CALL, NEW_MEETING, NEW_TASK, TASK
from sandbox.salesflare.showing import show_meeting, show_message, show_task
from sandbox.salesflare.team import Team, stamp_of

JsonObject = dict[str, Any]
_ORDERS = ("id", "reminder_date", "creation_date", "modification_date", "description")
FEED = (
    "email", "message", "meeting-live", "meeting-phone", "forward", "webpage", "user_added", "user_removed",
    "account_created",
)  # fmt: skip


def list_tasks(call: Call) -> object:
    """Answer one page of tasks: those of the key's owner, unless others are named."""
    request, team = call.request, call.team
    querying.check_keys(querying.KEYS["tasks"], request)
    wanted, people = querying.ids(request, "id"), querying.ids(request, "assignees") or [team.me]
    query = querying.rules_of(request)
    rows = [row for row in team.live("tasks") if set(row["assignees"]) & set(people)]
    rows = [row for row in rows if not wanted or row["id"] in wanted]
    if querying.asks_index(request):
        search = request.args.get("search", "").lower()
        rows = [row for row in rows if team.is_indexed("tasks", row["id"]) and search in row["description"].lower()]
    if query is not None:
        rows = [row for row in rows if querying.matches_query(team, "task", row, query)]
    rows = querying.page(team, querying.ordered(rows, request, _ORDERS), request, "tasks")
    call.note("tasks", len(rows))
    return [show_task(team, row) for row in rows]


def create_tasks(call: Call) -> object:
    """Make tasks, all of a list or none."""
    body = call.json()
    given = [check(NEW_TASK, each, path=path) for path, each in listed(body)]
    rows = [_task_row(call.team, each) for each in given]
    for row in rows:
        row |= {"id": call.team.new_id("tasks"), "creation_date": call.team.now(), "creator": call.team.me}
        call.team.tables["tasks"][row["id"]] = row
        call.team.touch("tasks", row)
    call.note("tasks", len(rows))
    return single([{"id": row["id"]} for row in rows], body)


def _task_row(team: Team, given: JsonObject) -> JsonObject:
    row: JsonObject = {"completed": False, "completion_date": None, "account": None, "assignees": [team.me]}
    row["reminder_date"] = team.now()
    return take_task(team, row, given)


def take_task(team: Team, row: JsonObject, given: JsonObject) -> JsonObject:
    """Bring a body into a task and return it.

    Raises:
        VendorError: 400, nobody or no account of that id.
    """
    if given.get("account") is not None and given["account"] not in {each["id"] for each in team.live("accounts")}:
        raise refusal(400, "The account does not exist")
    if "assignees" in given:
        said: object = given["assignees"]
        people = cast("list[object]", said) if isinstance(said, list) else [said]
        if not people or any(each not in team.users for each in people):
            raise invalid("payload", "assignees", '"assignees" must be users of the team', "array", "includes")
        row["assignees"] = people
    if "reminder_date" in given:
        row["reminder_date"] = stamp_of(querying.as_moment(given["reminder_date"]))
    if "completed" in given and given["completed"] != row["completed"]:
        row["completion_date"] = team.now() if given["completed"] else None
    row.update({key: given[key] for key in ("account", "completed") if key in given})
    if "description" in given:
        row["description"] = given["description"].strip()
    return row


def update_task(call: Call) -> object:
    """Change a task."""
    row = call.row("tasks")
    row.update(take_task(call.team, dict(row), check(TASK, call.json())))
    call.team.touch("tasks", row)
    call.note("tasks", 1)
    return {"success": True}


def delete_row(call: Call, table: str) -> object:
    """Delete a task, a meeting or a note."""
    row = call.row(table)
    row["gone"] = True
    call.team.touch(table, row)
    return {"success": True}


def create_meetings(call: Call, *, is_call: bool) -> object:
    """Make meetings or calls, all of a list or none."""
    body = call.json()
    schema = NEW_CALL if is_call else NEW_MEETING
    given = [check(schema, each, path=path) for path, each in listed(body)]
    for each in given:
        known = call.team.tables["contacts"].keys() | call.team.users.keys()
        if set(each["participants"]) - known:
            raise invalid("payload", "participants", '"participants" must be people', "array", "includes")
    rows = [_meeting(call.team, each, is_call=is_call) for each in given]
    call.note("meetings", len(rows))
    return single([{"id": row["id"]} for row in rows], body)


def _meeting(team: Team, given: JsonObject, *, is_call: bool) -> JsonObject:
    meeting_id = team.new_id("meetings")
    kind = "meeting-phone" if is_call else given.get("type", "meeting-live")
    keys = ("subject", "description", "participants")
    row = {"id": meeting_id, "type": kind, **{key: given.get(key) for key in keys}}
    row["notes"] = given.get("notes", given.get("minutes"))
    row["date"] = stamp_of(querying.as_moment(given["date"]))
    row["end_date"] = given.get("end_date") and stamp_of(querying.as_moment(given["end_date"]))
    row |= {"calendar_id": "salesflare", "external_id": f"sf-{meeting_id}", "creation_date": team.now()}
    row["creator"] = team.me
    team.tables["meetings"][meeting_id] = row
    team.touch("meetings", row)
    return row


def get_meeting(call: Call) -> object:
    """Answer a meeting or a call."""
    return show_meeting(call.team, call.row("meetings"))


def update_meeting(call: Call) -> object:
    """Change a meeting's notes: the only thing that can be changed."""
    row = call.row("meetings")
    given = check(MEETING, call.json())
    if (given["calendar_id"], given["external_id"]) != (row["calendar_id"], row["external_id"]):
        raise refusal(404)
    row["notes"] = given["notes"]
    call.team.touch("meetings", row)
    return {"success": True}


def create_message(call: Call) -> object:
    """Write an internal note on an account."""
    given = check(MESSAGE, call.json())
    call.team.row("accounts", int(given["account"]))
    message_id = call.team.new_id("messages")
    row = {"id": message_id, "mentions": given.get("mentions", []), "creation_date": call.team.now()}
    row |= {"body": given["body"].strip(), "account": given["account"], "creator": call.team.me}
    row["date"] = stamp_of(querying.as_moment(given.get("date") or call.team.now()))
    call.team.tables["messages"][message_id] = row
    call.team.touch("messages", row)
    call.note("messages", 1)
    return {"id": message_id}


def update_message(call: Call) -> object:
    """Change an internal note."""
    row = call.row("messages")
    given = check(MESSAGE, call.json())
    call.team.row("accounts", int(given["account"]))
    row.update({key: given[key] for key in ("account", "body", "mentions") if key in given})
    call.team.touch("messages", row)
    return {"success": True}


def list_messages(call: Call) -> object:
    """Answer an account's notes, newest first."""
    return [show_message(call.team, row) for _, row in _of_account(call, {"message"})]


def list_feed(call: Call) -> object:
    """Answer what happened at an account, newest first; each row says what it is."""
    querying.check_keys({"before", "after", "limit", "types", "contacts"}, call.request)
    kinds = set(call.request.args.getlist("types")) or set(FEED)
    if kinds - set(FEED):
        raise invalid("query", "types", '"types" must be one of the known types', "any", "allowOnly")
    return [
        show_message(call.team, row) | {"type": kind} if kind == "message" else show_meeting(call.team, row)
        for kind, row in _of_account(call, kinds)
    ]


def _of_account(call: Call, kinds: set[str]) -> list[tuple[str, JsonObject]]:
    account_id, team = call.row("accounts")["id"], call.team
    before, after = querying.moment(call.request, "before"), querying.moment(call.request, "after")
    people = {row["id"] for row in team.live("contacts") if row.get("account") == account_id}
    found = [("message", row) for row in team.live("messages") if row["account"] == account_id]
    found += [(row["type"], row) for row in team.live("meetings") if set(row["participants"]) & people]
    found = [(kind, row) for kind, row in found if kind in kinds]
    found = [(kind, row) for kind, row in found if not before or querying.as_moment(row["date"]) < before]
    found = [(kind, row) for kind, row in found if not after or querying.as_moment(row["date"]) > after]
    found.sort(key=lambda each: (each[1]["date"], each[1]["id"]), reverse=True)
    return found[: querying.number(call.request, "limit", 10, least=1)]
