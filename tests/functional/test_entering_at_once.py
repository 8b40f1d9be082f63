"""Two requests that enter the same person at one moment, in every order: one record, one copy in each CRM."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crmbridge.errors import ConflictError
from crmbridge.services.enter_records import TRIES, Entered, Entry, enter_one
from tests.functional.office import ANA, Office
from tests.functional.rehearsal import Rehearsal

ONE, OTHER = Entry({"email": ANA, "last_name": "Prado"}), Entry({"email": ANA, "job_title": "CTO"})


@pytest.fixture
def office(rehearsal: Rehearsal) -> Office:
    return Office(rehearsal)


class Meddling:
    """A record store into whose saves somebody else's request comes, once or every time."""

    def __init__(self, office: Office, entry: Entry, *, always: bool = False) -> None:
        self._office, self._entry, self._always = office, entry, always
        self._records = office.rehearsal.records
        self.came_in: list[Entered] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._records, name)

    def save_many(self, saves):
        if self._always or not self.came_in:
            title = f"CTO {len(self.came_in)}" if self._always else "CTO"
            entry = replace(self._entry, fields={**self._entry.fields, "job_title": title})
            self.came_in.append(enter_one(self._office.rehearsal.hub, "acme", "contact", entry, by="other"))
        return self._records.save_many(saves)


def entered(office: Office, entry: Entry, meddling: Meddling) -> Entered:
    hub = replace(office.rehearsal.hub, records=meddling)  # pyright: ignore[reportArgumentType] - stands for the store
    return enter_one(hub, "acme", "contact", entry, by="one")


def live(office: Office):
    items = office.rehearsal.records.list_records("acme", "contact", cursor=None, limit=50).items
    return [each for each in items if not each.merged_into and each.deleted_at is None]


def test_two_new_records_of_one_person_become_one(office):
    meddling = Meddling(office, OTHER)
    mine = entered(office, ONE, meddling)
    office.rehearsal.settle()
    (record,) = live(office)
    assert mine.record is not None
    assert mine.record.record_id == record.record_id
    assert record.fields == {"last_name": "Prado", "email": ANA, "job_title": "CTO"}
    assert len(office.hubspot.rows("contacts")) == len(office.salesforce.rows("Contact")) == 1
    assert office.salesforce.contact(ANA)["Title"] == "CTO"
    assert office.hubspot.contact(ANA)["lastname"] == "Prado"


def test_two_changes_of_one_record_are_both_kept(office):
    record_id = office.post("contacts", {"email": ANA, "lastName": "Prado"})["recordId"]
    mine = entered(office, Entry({"email": ANA, "city": "Recife"}), Meddling(office, OTHER))
    assert mine.record is not None
    assert (mine.record.record_id, mine.changed) == (record_id, ("city",))
    assert {name: mine.record.fields[name] for name in ("city", "job_title")} == {"city": "Recife", "job_title": "CTO"}
    office.rehearsal.settle()
    assert office.salesforce.contact(ANA)["Title"] == "CTO"
    assert office.salesforce.contact(ANA)["MailingCity"] == "Recife"


def test_one_name_of_the_senders_stands_for_one_record_even_so(office):
    named = Entry({"last_name": "Prado"}, reference="crm-7")
    mine = entered(office, named, Meddling(office, Entry({"last_name": "Prado"}, reference="crm-7")))
    (record,) = live(office)
    assert mine.record is not None
    assert mine.record.record_id == record.record_id
    assert record.fields["job_title"] == "CTO"


def test_a_record_that_never_stands_still_is_given_up_and_nothing_is_half_entered(office):
    record_id = office.post("contacts", {"email": ANA, "lastName": "Prado"})["recordId"]
    meddling = Meddling(office, OTHER, always=True)
    with pytest.raises(ConflictError):
        entered(office, Entry({"email": ANA, "city": "Recife"}), meddling)
    assert len(meddling.came_in) == TRIES
    assert "city" not in office.record(record_id).fields
