"""Activities made, changed and deleted, each kind in its own way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crmbridge.connectors.salesflare.client.activities import Activities
from crmbridge.connectors.salesflare.client.calls import Calls, created_ids
from crmbridge.connectors.salesflare.client.errors import PROVIDER
from crmbridge.connectors.salesflare.client.reading import Reader
from crmbridge.connectors.salesflare.client.rows import each_row, gone_row, kind_of
from crmbridge.connectors.salesflare.mapping import activities as mapping
from crmbridge.connectors.salesflare.mapping.observing import Row, id_of
from crmbridge.connectors.salesflare.mapping.rules import RULES
from crmbridge.domain.records import Fields
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import RowResult, WriteOp

_PATHS = {"task": "tasks", "meeting": "meetings", "call": "meetings", "message": "messages"}


class ActivityWriter:
    """Writes activities of one team."""

    def __init__(self, calls: Calls, activities: Activities, reader: Reader) -> None:
        self._calls = calls
        self._activities = activities
        self._reader = reader
        self._makers: Mapping[str, Callable[[WriteOp], RowResult]] = {
            "task": self._make_task,
            "note": self._make_note,
            "call": self._make_meeting,
            "meeting": self._make_meeting,
        }

    def write(self, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write up to 50 rows of one kind of write; see ``CrmClient.write``."""
        if not ops:
            return ()
        kind = kind_of(ops)
        if kind == "upsert":
            raise FatalProviderError("Salesflare knows no upsert by our own id", provider=PROVIDER, code="NOT_BUILT")
        writers = {"create": self._make, "update": self._change, "delete": self._delete}
        results = each_row(ops, writers[kind])
        return tuple(results[op.op_id] for op in ops)

    # ------------------------------------------------------------------------------------- making

    def _make(self, op: WriteOp) -> RowResult:
        maker = self._makers.get(str(op.fields.get("kind")))
        if maker is None:
            raise _refusal(f"Salesflare has no place for a {op.fields.get('kind')}", "NO_PLACE")
        return maker(op)

    def _make_task(self, op: WriteOp) -> RowResult:
        text = mapping.task_text(op.fields.get("subject"), op.fields.get("description"))
        body: dict[str, Any] = {"description": mapping.marked(text, op.op_id), **self._task_body(op.fields)}
        company = op.refs.get("company") or ()
        body |= {"account": int(company[0])} if company else {}
        is_done = body.pop("completed", False)
        task_id = self._sent("/tasks", body)
        if is_done:
            self._after(lambda: self._calls.send("PUT", f"/tasks/{task_id}", {"completed": True}))
        return RowResult(op.op_id, f"task:{task_id}", created=True)

    def _make_note(self, op: WriteOp) -> RowResult:
        company = op.refs.get("company") or ()
        if not company or not op.fields.get("description"):
            raise _refusal("an internal note needs a text, and the company it is about", "NEEDS_ACCOUNT")
        account = company[0]
        twin = _marked(self._activities.messages(account), "body", op.op_id)
        if twin is not None:
            return RowResult(op.op_id, f"message:{account}-{twin['id']}")
        body: dict[str, Any] = {
            "account": int(account),
            "body": mapping.marked(str(op.fields["description"]), op.op_id),
        }
        starts_at = mapping.stamp(op.fields.get("starts_at"))
        body |= {"date": starts_at} if starts_at else {}
        return RowResult(op.op_id, f"message:{account}-{self._sent('/messages', body)}", created=True)

    def _make_meeting(self, op: WriteOp) -> RowResult:
        kind = str(op.fields["kind"])
        starts_at, people = mapping.stamp(op.fields.get("starts_at")), op.refs.get("contacts") or ()
        if not starts_at or not people:
            raise _refusal(f"a {kind} needs the time it began, and a contact who took part", "NEEDS_PARTICIPANT")
        twin = self._twin(op, people)
        if twin is not None:
            return RowResult(op.op_id, f"{kind}:{twin['id']}")
        body: dict[str, Any] = {
            "date": starts_at,
            "participants": [int(each) for each in people],
            "subject": op.fields.get("subject"),
            "end_date": mapping.stamp(op.fields.get("ends_at")),
            "notes": mapping.marked(_text(op.fields), op.op_id),
        }
        body |= {"type": "meeting-live"} if kind == "meeting" else {}
        path = "/meetings" if kind == "meeting" else "/calls"
        meeting_id = self._sent(path, {name: value for name, value in body.items() if value is not None})
        return RowResult(op.op_id, f"{kind}:{meeting_id}", created=True)

    def _twin(self, op: WriteOp, people: Sequence[str]) -> Row | None:
        """Return the meeting that an earlier try has made, found in the feed of somebody's account."""
        contacts = self._reader.rows(RULES["contact"], people)
        accounts = {id_of(row.get("account")) for row in contacts} - {None}
        if not accounts:
            raise _refusal(
                "nobody who took part belongs to an account: Salesflare would show it nowhere", "NEEDS_ACCOUNT"
            )
        for account in sorted(str(each) for each in accounts):
            twin = _marked(self._activities.meetings_of(account), "notes", op.op_id)
            if twin is not None:
                return twin
        return None

    def _sent(self, path: str, body: Mapping[str, Any]) -> str:
        ids = created_ids(self._calls.send("POST", path, body))
        if not ids:
            raise RetriableProviderError(
                f"Salesflare's answer to {path} tells no id",
                provider=PROVIDER,
                code="UNACCOUNTED",
                may_have_applied=True,
            )
        return ids[0]

    def _after(self, send: Callable[[], object]) -> None:
        """Send what completes a row that was made already."""
        try:
            send()
        except RetriableProviderError as error:
            error.may_have_applied = True
            raise

    # ------------------------------------------------------------------------------------- changing

    def _change(self, op: WriteOp) -> RowResult:
        place, _, number = op.external_id.partition(":")
        if place == "task":
            return self._change_task(op, number)
        return self._change_note(op, number) if place == "message" else self._change_meeting(op, place, number)

    def _change_task(self, op: WriteOp, number: str) -> RowResult:
        rows = self._activities.tasks([number])
        if not rows:
            return gone_row(op)
        body = self._task_body(op.fields)
        if {"subject", "description"} & op.fields.keys():
            raw = rows[0].get("description")
            subject, description = mapping.task_parts(mapping.unmarked(raw)[0])
            text = mapping.task_text(op.fields.get("subject", subject), op.fields.get("description", description))
            changed = mapping.remarked(text, raw)
            if not changed:
                raise _refusal("a task needs a text", "NEEDS_TEXT")
            body["description"] = changed
        if "company" in op.refs:
            body["account"] = int(op.refs["company"][0]) if op.refs["company"] else None
        if body:
            self._calls.send("PUT", f"/tasks/{number}", body)
        return RowResult(op.op_id, op.external_id)

    def _change_note(self, op: WriteOp, number: str) -> RowResult:
        account, _, message_id = number.partition("-")
        row = next((each for each in self._activities.messages(account) if str(each.get("id")) == message_id), None)
        if row is None:
            return gone_row(op)
        if "description" not in op.fields and (op.fields or op.refs.get("company", (account,)) != (account,)):
            raise _refusal("of an internal note only the text can change", "ONLY_TEXT")
        if "description" in op.fields:
            text = mapping.remarked(_text(op.fields), row.get("body"))
            if not text:
                raise _refusal("an internal note needs a text", "NEEDS_TEXT")
            self._calls.send("PUT", f"/messages/{message_id}", {"account": int(account), "body": text})
        return RowResult(op.op_id, op.external_id)

    def _change_meeting(self, op: WriteOp, place: str, number: str) -> RowResult:
        row = self._activities.meeting(number)
        if row is None:
            return gone_row(op)
        if "description" not in op.fields and (op.fields or "contacts" in op.refs):
            raise _refusal(f"of a {place} only the notes can change", "ONLY_TEXT")
        if "description" in op.fields:
            body = {name: str(row.get(name) or "") for name in ("calendar_id", "external_id")}
            notes = mapping.remarked(_text(op.fields), row.get("notes"))
            self._calls.send("PUT", f"/{place}s/{number}", {**body, "notes": notes})
        return RowResult(op.op_id, op.external_id)

    def _delete(self, op: WriteOp) -> RowResult:
        place, _, number = op.external_id.partition(":")
        path = _PATHS.get(place)
        if path is None:
            return gone_row(op)
        self._calls.send("DELETE", f"/{path}/{number.rpartition('-')[2]}")
        return RowResult(op.op_id, op.external_id)

    def _task_body(self, fields: Fields) -> dict[str, Any]:
        """Return the parts of a task that are not its text; what Salesflare cannot hold is left out."""
        body: dict[str, Any] = {}
        owner = str(fields.get("owner") or "").lower()
        people = {email: user_id for user_id, email in self._activities.emails().items() if email == owner}
        body |= {"assignees": list(people.values())} if owner and people else {}
        due_at = mapping.stamp(fields.get("due_at"))
        body |= {"reminder_date": due_at} if due_at else {}
        if fields.get("status") in ("open", "completed"):
            body["completed"] = fields["status"] == "completed"
        return body


def _text(fields: Fields) -> str | None:
    value = fields.get("description")
    return value if isinstance(value, str) else None


def _marked(rows: Sequence[Row], key: str, op_id: str) -> Row | None:
    return next((row for row in rows if mapping.unmarked(row.get(key))[1] == op_id), None)


def _refusal(words: str, code: str) -> FatalProviderError:
    return FatalProviderError(words, provider=PROVIDER, status=400, code=code)
