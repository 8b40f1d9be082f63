"""Webhooks: service endpoints, the steps that call them, and what they are told.

Source: Dataverse developer guide, use webhooks; register a webhook; RemoteExecutionContext.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.dynamics.account import ADMIN_USER, constant_id
from sandbox.dynamics.context import context_of
from sandbox.dynamics.org import Change, Org, Row

_BY_HAND = "registered by hand"
_HAND_MESSAGES = ("Create", "Update", "Delete")
_TABLES = ("account", "contact", "lead", "opportunity", "task", "phonecall", "appointment", "annotation")


class Hooks:
    """Finds out who is to be told of a change, and what."""

    def __init__(self, org: Org) -> None:
        """Watch one organization."""
        self._org = org

    def told(self, changes: Sequence[Change]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield endpoint ids and events."""
        steps = [row for row in self._org.rows["sdkmessageprocessingstep"].values() if row["statecode"] == 0]
        for change in changes if steps else ():
            for step in steps:
                endpoint = self._endpoint(step, change)
                if endpoint is not None:
                    event = {"endpoint": endpoint, "context": context_of(self._org, change, step)}
                    yield endpoint["serviceendpointid"], event

    def _endpoint(self, step: Row, change: Change) -> Row | None:
        """Return whom a step calls for a change, ``None`` when it does not concern it."""
        message = self._org.rows["sdkmessage"].get(step["sdkmessageid"][1], {}).get("name")
        if not change.message or message != change.message:
            return None
        held = step.get("sdkmessagefilterid")
        if held and self._org.rows["sdkmessagefilter"][held[1]]["primaryobjecttypecode"] != change.table:
            return None
        wanted = {each.strip() for each in (step.get("filteringattributes") or "").split(",") if each.strip()}
        if wanted and change.message == "Update" and not wanted & set(change.sent):
            return None
        table, row_id = step["eventhandler"]
        endpoint = self._org.rows["serviceendpoint"].get(row_id) if table == "serviceendpoint" else None
        return endpoint if endpoint is not None and endpoint.get("contract") == 8 else None

    def register_by_hand(self, urls: Sequence[str]) -> None:
        """Register addresses as an administrator does with the Plug-in Registration Tool, in place of earlier ones."""
        for row in self._org.where("serviceendpoint", lambda each: each.get("description") == _BY_HAND):
            here = ("serviceendpoint", row["serviceendpointid"])
            for step in self._org.where(
                "sdkmessageprocessingstep", lambda each, handler=here: each.get("eventhandler") == handler
            ):
                self._drop("sdkmessageprocessingstep", step)
            self._drop("serviceendpoint", row)
        for url in urls:
            self._register(url)
        self._org.commit()

    def _register(self, url: str) -> None:
        endpoint_id = self._org.new_id()
        proof = '<settings><setting name="x-registered-by" value="admin" /></settings>'
        row = {"name": url[:200], "description": _BY_HAND, "url": url, "contract": 8, "authtype": 5, "authvalue": proof}
        self._put("serviceendpoint", endpoint_id, {**row, "messageformat": 2, "connectionmode": 1})
        for table in _TABLES:
            special = {"opportunity": ("Win", "Lose"), "lead": ("Merge", "QualifyLead")}.get(table, ("Merge",))
            merges = special if table in ("account", "contact", "lead", "opportunity") else ()
            for message in (*_HAND_MESSAGES, *merges):
                step = {
                    "name": f"{message} of {table}",
                    "mode": 1,
                    "stage": 40,
                    "eventhandler": ("serviceendpoint", endpoint_id),
                    "sdkmessageid": ("sdkmessage", constant_id(f"message {message}")),
                    "sdkmessagefilterid": ("sdkmessagefilter", constant_id(f"filter {message} {table}")),
                }
                self._put("sdkmessageprocessingstep", self._org.new_id(), step)

    def _put(self, table: str, row_id: str, values: Mapping[str, Any]) -> None:
        definition = self._org.tables[table]
        row: Row = {name: column.default for name, column in definition.columns.items()}
        row |= {definition.primary: row_id, "createdon": self._org.now, "modifiedon": self._org.now, **values}
        self._org.put(table, row, by=ADMIN_USER, message="")

    def _drop(self, table: str, row: Row) -> None:
        self._org.drop(table, row[self._org.tables[table].primary], by=ADMIN_USER, message="")
