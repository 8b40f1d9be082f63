from dataclasses import replace

import pytest

from local.demo.compare import compare
from local.demo.findings import Ledger
from local.demo.invent.world import MARKS
from local.demo.model import ENTITIES, Draft, Entity, World
from local.demo.seen import Seen, Snapshot
from local.demo.sides import salesforce_fields

COMPANY = {"name": "Kola Nut 1", "domain": "kola.example", "description": "Ref. C-00001", "country": "Germany"}
PERSON = {"first_name": "Ana", "last_name": "Prado", "email": "ana.p00001@kola.example", "phone": "030 1234567"}
DEAL = {"title": "Renewal D-00001", "stage": "closedwon", "amount": "1054.50", "close_on": "2026-03-01"}


def draft(entity, key, fields, **references):
    return Draft(entity=entity, key=key, fields=fields, **references)


def world(*, hubspot=(), salesforce=()):
    return World(
        name="tiny",
        sellers=(),
        drafts={"hubspot": tuple(hubspot), "salesforce": tuple(salesforce)},
        marks=MARKS,
    )


def seen(entity, external_id, fields, **references):
    return Seen(entity=entity, external_id=external_id, fields=fields, **references)


def snapshots(hubspot, salesforce, *, owners=frozenset()):
    def of(crm, rows, required=None):
        records: dict[Entity, tuple[Seen, ...]] = {
            entity: tuple(row for row in rows if row.entity == entity) for entity in ENTITIES
        }
        return Snapshot(crm=crm, records=records, owners=owners, required=required or {})

    return {"hubspot": of("hubspot", hubspot), "salesforce": of("salesforce", salesforce, salesforce_fields.REQUIRED)}


def trio():
    """Three things typed into HubSpot, and how both CRMs hold them when nothing went wrong."""
    typed = world(
        hubspot=[
            draft("company", "C-00001", COMPANY),
            draft("contact", "p00001", PERSON | {"country": "Germany"}, company="C-00001"),
            draft("deal", "D-00001", DEAL, company="C-00001", contacts=("p00001",)),
        ]
    )
    here = [
        seen("company", "11", COMPANY),
        seen("contact", "21", PERSON | {"country": "Germany"}, company="11"),
        seen("deal", "31", DEAL | {"close_on": "2026-03-01T00:00:00.000Z"}, company="11", contacts=frozenset({"21"})),
    ]
    there = [
        seen("company", "001", COMPANY | {"domain": "https://www.kola.example"}),
        seen(
            "contact",
            "003",
            PERSON | {"country": "Germany", "phone": "+49301234567", "email": "Ana.P00001@Kola.example"},
            company="001",
        ),
        seen(
            "deal",
            "006",
            DEAL | {"stage": "Closed Won", "amount": "1054.5"},
            company="001",
            contacts=frozenset({"003"}),
        ),
    ]
    return typed, here, there


def kinds(outcome):
    return [(each.kind, each.entity, each.name) for each in outcome.findings]


def test_crms_that_say_the_same_in_their_own_spelling_are_clean():
    typed, here, there = trio()

    outcome = compare(typed, snapshots(here, there), Ledger())

    assert outcome.is_clean, outcome.findings
    assert outcome.records == {"company": 1, "contact": 1, "deal": 1}
    assert (outcome.lost, outcome.duplicated, outcome.different) == (0, 0, 0)
    assert outcome.fields > 25


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_thing_that_is_in_one_crm_only_is_lost(place):
    typed, here, there = trio()
    entity = there[place].entity

    outcome = compare(typed, snapshots(here, [row for row in there if row.entity != entity]), Ledger())

    assert ("missing", entity, "") in kinds(outcome)
    assert outcome.lost >= 1


def test_a_thing_that_stands_twice_is_duplicated():
    typed, here, there = trio()

    outcome = compare(typed, snapshots(here, [*there, replace(there[2], external_id="006b")]), Ledger())

    assert kinds(outcome) == [("duplicated", "deal", "")]
    assert outcome.duplicated == 1


def test_a_record_nobody_typed_counts_as_a_duplicate():
    typed, here, there = trio()
    stranger = seen("company", "002", {"name": "Nobody typed me"})

    outcome = compare(typed, snapshots(here, [*there, stranger]), Ledger())

    assert kinds(outcome) == [("stranger", "company", "")]
    assert outcome.duplicated == 1


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        (0, "name", "Kola Nut"),
        (0, "domain", "cola.example"),
        (1, "last_name", ""),
        (1, "phone", "+49301234568"),
        (1, "email", "bea.p00001@kola.example"),
        (2, "amount", "1054.05"),
        (2, "close_on", "2026-03-02"),
    ],
)
def test_one_differing_value_is_found(place, name, value):
    typed, here, there = trio()
    there[place] = replace(there[place], fields={**there[place].fields, name: value})

    outcome = compare(typed, snapshots(here, there), Ledger())

    assert ("different", there[place].entity, name) in kinds(outcome)
    assert outcome.different == 1


def test_a_value_wiped_from_both_crms_is_lost():
    typed, here, there = trio()
    here[1] = replace(here[1], fields={**here[1].fields, "first_name": ""})
    there[1] = replace(there[1], fields={**there[1].fields, "first_name": ""})

    outcome = compare(typed, snapshots(here, there), Ledger())

    assert kinds(outcome) == [("value_lost", "contact", "first_name")]
    assert outcome.lost == 1


def test_after_an_edit_only_what_was_typed_last_may_stand():
    typed, here, there = trio()
    ledger = Ledger()
    ledger.typed("contact", "p00001", "first_name", {"Anna"})

    assert kinds(compare(typed, snapshots(here, there), ledger)) == [("value_lost", "contact", "first_name")]

    for rows in (here, there):
        rows[1] = replace(rows[1], fields={**rows[1].fields, "first_name": "Anna"})
    assert compare(typed, snapshots(here, there), ledger).is_clean


def test_a_contact_linked_to_another_company_is_found():
    typed, here, there = trio()
    there[1] = replace(there[1], company="")

    assert ("different", "contact", "company") in kinds(compare(typed, snapshots(here, there), Ledger()))


def test_a_deal_that_forgot_its_people_in_both_crms_lost_them():
    typed, here, there = trio()
    here[2], there[2] = replace(here[2], contacts=frozenset()), replace(there[2], contacts=frozenset())

    assert kinds(compare(typed, snapshots(here, there), Ledger())) == [("value_lost", "deal", "contacts")]


def test_a_won_deal_that_is_open_elsewhere_is_found():
    typed, here, there = trio()
    there[2] = replace(there[2], fields={**there[2].fields, "stage": "Prospecting"})

    outcome = compare(typed, snapshots(here, there), Ledger())

    assert ("different", "deal", "stage") in kinds(outcome)


def test_an_owner_without_a_seat_is_told_apart_from_a_difference():
    typed, here, there = trio()
    here[0] = replace(here[0], fields={**here[0].fields, "owner": "gone@crmbridge.example"})
    there[0] = replace(there[0], fields={**there[0].fields, "owner": "robot@crmbridge.example"})

    outcome = compare(typed, snapshots(here, there, owners=frozenset({"robot@crmbridge.example"})), Ledger())

    assert outcome.is_clean, outcome.findings
    assert outcome.held_open["the owner has no seat in salesforce"] == 1


def test_an_owner_with_a_seat_in_both_must_not_become_the_integrations_user():
    seats = frozenset({"ana@crmbridge.example", "robot@crmbridge.example"})
    typed = world(hubspot=[draft("company", "C-00001", COMPANY | {"owner": "ana@crmbridge.example"})])
    here = [seen("company", "11", COMPANY | {"owner": "ana@crmbridge.example"})]
    there = [seen("company", "001", COMPANY | {"owner": "robot@crmbridge.example"})]
    shots = snapshots(here, there, owners=seats)
    shots["hubspot"] = replace(shots["hubspot"], owners=frozenset({"ana@crmbridge.example"}))

    assert kinds(compare(typed, shots, Ledger())) == [("different", "company", "owner")]


def test_a_field_that_one_crm_lacks_must_still_stand_where_it_was_typed():
    fields = PERSON | {"description": "Knows everybody."}
    typed = world(salesforce=[draft("contact", "p00001", fields)])
    here, there = [seen("contact", "21", PERSON)], [seen("contact", "003", PERSON)]
    shots = snapshots(here, there)
    absent: dict[Entity, frozenset[str]] = {"contact": frozenset({"description"})}
    shots["hubspot"] = replace(shots["hubspot"], absent_fields=absent)

    outcome = compare(typed, shots, Ledger())

    assert kinds(outcome) == [("value_lost", "contact", "description")]
    assert outcome.held_open["hubspot has no field for contact.description"] == 1


def test_what_a_crm_requires_may_stand_where_nobody_typed_it():
    typed = world(hubspot=[draft("contact", "p00002", {"email": "x.p00002@kola.example"})])
    here = [seen("contact", "22", {"email": "x.p00002@kola.example"})]
    there = [seen("contact", "004", {"email": "x.p00002@kola.example", "last_name": "-"})]

    outcome = compare(typed, snapshots(here, there), Ledger())

    assert outcome.is_clean, outcome.findings
    assert outcome.held_open["salesforce requires contact.last_name, which nobody typed"] == 1


def test_the_placeholder_of_a_required_field_must_not_come_back():
    typed = world(hubspot=[draft("contact", "p00002", {"email": "x.p00002@kola.example"})])
    here = [seen("contact", "22", {"email": "x.p00002@kola.example", "last_name": "-"})]
    there = [seen("contact", "004", {"email": "x.p00002@kola.example", "last_name": "-"})]

    outcome = compare(typed, snapshots(here, there), Ledger())

    assert kinds(outcome) == [("invented", "contact", "last_name")]
    assert outcome.different == 1


def test_one_crm_cannot_be_compared():
    typed, here, there = trio()
    alone = {"hubspot": snapshots(here, there)["hubspot"]}

    with pytest.raises(ValueError, match="two CRMs or more"):
        compare(typed, alone, Ledger())


def third(rows, **more):
    records: dict[Entity, tuple[Seen, ...]] = {
        entity: tuple(row for row in rows if row.entity == entity) for entity in ENTITIES
    }
    return Snapshot(crm="third", records=records, **more)


def in_the_third(**changes):
    return [
        seen("company", "x1", COMPANY),
        seen("contact", "x2", PERSON | {"country": "Germany"}, company="x1"),
        seen("deal", "x3", DEAL | {"stage": "Closed Won"} | changes, company="x1", contacts=frozenset({"x2"})),
    ]


def test_a_third_crm_is_held_to_what_the_others_hold():
    typed, here, there = trio()

    good = compare(typed, snapshots(here, there) | {"third": third(in_the_third())}, Ledger())
    bad = compare(typed, snapshots(here, there) | {"third": third(in_the_third(amount="7"))}, Ledger())
    gone = compare(typed, snapshots(here, there) | {"third": third(in_the_third()[:2])}, Ledger())

    assert good.is_clean
    assert good.records == {"company": 1, "contact": 1, "deal": 1}
    assert kinds(bad) == [("different", "deal", "amount")]
    assert [(each.kind, each.crm) for each in gone.findings] == [("missing", "third")]


def test_a_crm_is_held_to_what_it_makes_of_a_value_and_to_nothing_else():
    typed, here, there = trio()

    def whole(_entity, name, value):
        return value.split(".")[0] if name == "amount" else value

    shots = snapshots(here, there)
    rounds = compare(typed, shots | {"third": third(in_the_third(amount="1054"), shows=whole)}, Ledger())
    wrong = compare(typed, shots | {"third": third(in_the_third(amount="1055"), shows=whole)}, Ledger())
    leaves_out = {"absent_fields": {"deal": frozenset({"amount"})}}
    lacks = compare(typed, shots | {"third": third(in_the_third(amount=""), **leaves_out)}, Ledger())

    assert rounds.is_clean
    assert kinds(wrong) == [("different", "deal", "amount")]
    assert lacks.is_clean
    assert lacks.held_open["third has no field for deal.amount"] == 1


def test_two_that_agree_on_what_nobody_typed_do_not_hide_a_lost_value():
    typed, here, there = trio()

    def whole(_entity, name, value):
        return value.split(".")[0] if name == "amount" else value

    rows = [[replace(row, fields={**row.fields, "amount": "1054"}) for row in side] for side in (here, there)]
    rows = [
        [replace(row, fields=PERSON | {"country": "Germany"}) if row.entity == "contact" else row for row in side]
        for side in rows
    ]
    shots = snapshots(*rows) | {"third": third(in_the_third(amount="1054"), shows=whole)}

    assert ("value_lost", "deal", "amount") in kinds(compare(typed, shots, Ledger()))


def test_who_has_one_name_is_compared_by_the_whole_of_it():
    typed, here, there = trio()
    cut = [
        replace(row, fields={**row.fields, "first_name": "", "last_name": "Ana Prado"})
        if row.entity == "contact"
        else row
        for row in in_the_third()
    ]
    lost = [
        replace(row, fields={**row.fields, "first_name": "", "last_name": "Prado"}) if row.entity == "contact" else row
        for row in in_the_third()
    ]
    shots = snapshots(here, there)

    assert compare(typed, shots | {"third": third(cut, one_name=True)}, Ledger()).is_clean
    assert ("different", "contact", "last_name") in kinds(
        compare(typed, shots | {"third": third(lost, one_name=True)}, Ledger())
    )


def test_a_number_is_read_in_the_country_that_another_crm_knows_and_a_lost_country_is_found():
    typed, here, there = trio()
    lacks = [
        replace(row, fields={**row.fields, "country": ""}) if row.entity == "contact" else row for row in in_the_third()
    ]
    shots = snapshots(here, there)

    has_none = third(lacks, absent_fields={"contact": frozenset({"country"})})
    lost_it = third(lacks)

    assert compare(typed, shots | {"third": has_none}, Ledger()).is_clean
    assert kinds(compare(typed, shots | {"third": lost_it}, Ledger())) == [("different", "contact", "country")]


def test_a_number_that_a_crm_does_not_take_is_not_missed_there_and_another_is():
    typed, here, there = trio()

    def plain(_entity, name, value):
        return None if name == "phone" and " " in value else value

    blank = [
        replace(row, fields={**row.fields, "phone": ""}) if row.entity == "contact" else row for row in in_the_third()
    ]
    shots = snapshots(here, there)

    assert compare(typed, shots | {"third": third(blank, shows=plain)}, Ledger()).is_clean
    assert kinds(compare(typed, shots | {"third": third(blank)}, Ledger())) == [("different", "contact", "phone")]


def test_what_a_crm_takes_only_with_a_company_is_not_missed_there():
    alone = draft("deal", "D-00001", DEAL)
    typed = world(hubspot=[alone])
    here = [seen("deal", "31", DEAL)]
    there = [seen("deal", "006", DEAL | {"stage": "Closed Won"})]
    needs = {"deal": frozenset({"company"})}

    outcome = compare(typed, snapshots(here, there) | {"third": third([], needs=needs)}, Ledger())

    assert outcome.is_clean
    assert outcome.held_open["third takes no deal without what it belongs to"] == 1


def test_findings_in_the_report_are_counted_even_when_not_listed():
    typed, here, _ = trio()

    body = compare(typed, snapshots(here, []), Ledger()).as_json(examples=2)

    assert body["findings"] == {"missing": 3}
    assert len(body["examples"]) == 2
