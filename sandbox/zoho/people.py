"""Seeds: records stored in bulk, and what a person does in the screens.

``POST /_sandbox/seed`` takes::

    {"records": {"Contacts": [{"Last_Name": "Prado"}]},
     "actions": [{"action": "update", "module": "Contacts", "id": "4150…", "fields": {...}}],
     "notify": false}

``actions`` are done by a person, in order, and announced: ``create``, ``update``, ``delete``, ``erase`` (out of the
recycle bin), ``restore``, ``merge`` (``id``, ``with``), ``convert`` (``id``), ``tag`` (``tags``: all of them).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from sandbox.zoho.account import PERSON
from sandbox.zoho.errors import ZohoError, invalid_id
from sandbox.zoho.modules import PIPELINE
from sandbox.zoho.org import Org
from sandbox.zoho.records import Record, Table
from sandbox.zoho.writing import Done, Writer

JsonObject = dict[str, Any]


class PeopleAtWork:
    """Applies seeds."""

    def __init__(self, org: Org, writer: Writer) -> None:
        """Work in ``org``."""
        self._org, self._writer = org, writer

    def store(self, records: JsonObject) -> dict[str, list[str]]:
        """Store records, module by module; return their ids in order."""
        ids: dict[str, list[str]] = {}
        for name, rows in records.items():
            done = self._writer.insert(self._org.table(name), cast("list[JsonObject]", rows), PERSON)
            ids[name] = [_id_of(each) for each in done]
        return ids

    def act(self, action: JsonObject) -> str:
        """Do one thing a person can do; return the record's id.

        Raises:
            ValueError: there is no such action.
            ZohoError: the organisation refuses.
        """
        verb = str(action.get("action"))
        if verb not in _ACTIONS:
            message = f"unknown action {verb!r}; known: {sorted(_ACTIONS)}"
            raise ValueError(message)
        return _ACTIONS[verb](self, self._org.table(str(action.get("module"))), action)

    def create(self, table: Table, action: JsonObject) -> str:
        """Make a record."""
        return _id_of(self._writer.insert(table, [action["fields"]], PERSON)[0])

    def update(self, table: Table, action: JsonObject) -> str:
        """Change a record."""
        return _id_of(self._writer.update(table, [{**action["fields"], "id": action["id"]}], PERSON)[0])

    def delete(self, table: Table, action: JsonObject) -> str:
        """Put a record into the recycle bin."""
        return _id_of(self._writer.delete(table, [str(action["id"])], PERSON)[0])

    def erase(self, table: Table, action: JsonObject) -> str:
        """Delete a record out of the recycle bin."""
        table.graves[str(action["id"])].permanent = True
        return str(action["id"])

    def restore(self, table: Table, action: JsonObject) -> str:
        """Take a record out of the recycle bin."""
        record = table.graves.pop(str(action["id"])).record
        table.put(record)
        self._writer.touch(table, record, PERSON)
        self._writer.tell(table.module.name, "update", [record.record_id], {record.record_id: record.values})
        return record.record_id

    def merge(self, table: Table, action: JsonObject) -> str:
        """Merge a record into another: the other takes what it lacks, and what pointed to the first."""
        master, loser = self._live(table, action["id"]), self._live(table, action["with"])
        gaps = {key: value for key, value in loser.values.items() if master.values.get(key) is None}
        taken = [each.api_name for each in table.module.fields.values() if each.unique]
        self._repoint(loser.record_id, master.record_id)
        self._writer.delete(table, [loser.record_id], PERSON)
        table.change(master, {key: value for key, value in gaps.items() if key not in taken})
        self._writer.touch(table, master, PERSON)
        self._writer.tell(table.module.name, "update", [master.record_id], {master.record_id: master.values})
        return master.record_id

    def convert(self, table: Table, action: JsonObject) -> str:
        """Convert a lead into a contact, an account and a deal; the lead stays and is hidden."""
        lead = self._live(table, action["id"])
        account = self._writer.store(
            self._org.tables["Accounts"], {"Account_Name": lead.values.get("Company") or "Unknown"}, PERSON
        )
        names = ("First_Name", "Last_Name", "Email", "Phone", "Mobile")
        person = {name: lead.values[name] for name in names if lead.values.get(name) is not None}
        person["Account_Name"] = account.record_id
        contact = self._writer.store(self._org.tables["Contacts"], person, PERSON)
        links = {"Account_Name": account.record_id, "Contact_Name": contact.record_id}
        title = f"{lead.values.get('Company') or lead.values['Last_Name']} -"
        deal = self._writer.store(
            self._org.tables["Deals"],
            {"Deal_Name": title, "Stage": "Qualification", "Pipeline": PIPELINE, "Probability": 10, **links},
            PERSON,
        )
        told = {"Converted_Contact": contact.record_id, "Converted_Account": account.record_id}
        more = {"Converted__s": True, "Converted_Deal": deal.record_id, "Converted_Date_Time": self._org.now_s()}
        table.change(lead, {**told, **more})
        self._writer.touch(table, lead, PERSON)
        for name, record in (("Accounts", account), ("Contacts", contact), ("Deals", deal)):
            self._writer.tell(name, "insert", [record.record_id], {record.record_id: record.values})
        self._writer.tell("Leads", "update", [lead.record_id], {lead.record_id: lead.values})
        return contact.record_id

    def tag(self, table: Table, action: JsonObject) -> str:
        """Set all tags of a record."""
        record = self._live(table, action["id"])
        record.tags = [str(each) for each in action["tags"]]
        for each in record.tags:
            self._org.tag_id(table.module.name, each)
        self._writer.touch(table, record, PERSON)
        self._writer.tell(table.module.name, "update", [record.record_id], {record.record_id: record.values})
        return record.record_id

    def _live(self, table: Table, record_id: object) -> Record:
        record = table.live.get(str(record_id))
        if record is None:
            raise invalid_id("$.id")
        return record

    def _repoint(self, old_id: str, new_id: str) -> None:
        for table in self._org.tables.values():
            for each in table:
                pointing = {key: new_id for key, value in each.values.items() if value == old_id}
                if pointing:
                    table.change(each, pointing)
                if old_id in each.roles:
                    each.roles[new_id] = each.roles.pop(old_id)


_ACTIONS: dict[str, Callable[[PeopleAtWork, Table, JsonObject], str]] = {
    "create": PeopleAtWork.create,
    "update": PeopleAtWork.update,
    "delete": PeopleAtWork.delete,
    "erase": PeopleAtWork.erase,
    "restore": PeopleAtWork.restore,
    "merge": PeopleAtWork.merge,
    "convert": PeopleAtWork.convert,
    "tag": PeopleAtWork.tag,
}


def _id_of(done: Done) -> str:
    if not done.record_id:
        raise ZohoError(code=str(done.answer["code"]), message=f"{done.answer['message']}: {done.answer['details']}")
    return done.record_id
