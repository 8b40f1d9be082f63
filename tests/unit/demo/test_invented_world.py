import re
from collections import Counter

import pytest

from local.demo.canonical import canonical
from local.demo.invent import invent_world
from local.demo.model import ENTITIES
from local.demo.sides import hubspot_fields, salesforce_fields

CRMS = ("hubspot", "salesforce")
STAGES = {"hubspot": hubspot_fields.STAGES, "salesforce": salesforce_fields.STAGES}


@pytest.fixture(scope="module")
def world():
    return invent_world(2000, crms=CRMS, stages=STAGES, seed=11)


def everything(world):
    return [draft for drafts in world.drafts.values() for draft in drafts]


def test_the_same_seed_invents_the_same_world(world):
    assert invent_world(2000, crms=CRMS, stages=STAGES, seed=11) == world
    assert invent_world(2000, crms=CRMS, stages=STAGES, seed=12) != world


def test_the_world_has_the_size_that_was_asked_for(world):
    assert world.total == 2000
    assert {entity: len(world.keys(entity)) for entity in ENTITIES} == {"company": 400, "contact": 1100, "deal": 500}


def test_part_is_in_one_crm_part_in_the_other_and_part_in_both(world):
    for entity in ("company", "contact"):
        homes = Counter(tuple(sorted(typed)) for typed in world.typed(entity).values())
        assert min(homes[("hubspot",)], homes[("salesforce",)], homes[CRMS]) > 30, homes


def test_deals_have_no_natural_key_so_none_is_in_both(world):
    assert all(len(typed) == 1 for typed in world.typed("deal").values())


def test_every_thing_carries_its_key(world):
    for draft in everything(world):
        assert world.key_of(draft.entity, draft.fields) == draft.key


def test_references_point_to_what_the_same_crm_holds(world):
    for crm in CRMS:
        companies, people = world.of(crm, "company"), world.of(crm, "contact")
        for draft in world.drafts[crm]:
            assert not draft.company or draft.company in companies
            assert set(draft.contacts) <= set(people)


def test_things_in_both_crms_can_be_matched_and_differ_otherwise(world):
    differing = Counter()
    for entity, name in (("contact", "email"), ("company", "domain")):
        for typed in world.typed(entity).values():
            if len(typed) < 2:
                continue
            here, there = (draft.fields for draft in typed.values())
            assert canonical(name, here) == canonical(name, there) != ""
            differing.update(each for each in {**here, **there} if canonical(each, here) != canonical(each, there))
    assert {"job_title", "description", "phone", "industry"} <= set(differing), differing


def test_no_two_people_share_an_address_or_a_telephone(world):
    for crm in CRMS:
        for entity, name in (("contact", "email"), ("company", "domain")):
            values = Counter(canonical(name, draft.fields) for draft in world.of(crm, entity).values())
            del values[""]
            assert max(values.values()) == 1
    numbers = Counter(
        canonical("phone", draft.fields)
        for typed in world.typed("contact").values()
        for draft in list(typed.values())[:1]
        if re.search(r"\d{5}", draft.fields.get("phone", ""))
    )
    assert max(numbers.values()) == 1, numbers.most_common(3)


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("accents", "[äéñøåçł]"),
        ("Chinese or Japanese", "[\u4e00-\u9fff]"),
        ("Hebrew", "[\u05d0-\u05ea]"),
        ("Arabic", "[\u0627-\u064a]"),
        ("Cyrillic", "[\u0410-\u044f]"),
        ("Devanagari", "[\u0904-\u0939]"),
        ("emoji", "[\U0001f300-\U0001faff]"),
        ("an apostrophe", "O'|D'"),
        ("markup", "<b>"),
        ("a line break", "\n"),
        ("a stray blank", "(^ )|( $)|(\t$)"),
    ],
)
def test_the_world_is_as_messy_as_the_real_one(world, what, pattern):
    hits = sum(1 for draft in everything(world) for value in draft.fields.values() if re.search(pattern, value))
    assert hits >= 3, what


def test_some_people_lack_a_name_an_address_or_a_number(world):
    people = [draft.fields for draft in everything(world) if draft.entity == "contact"]
    for name in ("first_name", "last_name", "email", "phone", "job_title"):
        assert sum(1 for fields in people if name not in fields) >= 5, name
    assert all("last_name" in draft.fields for draft in world.of("salesforce", "contact").values())


def test_telephone_numbers_are_typed_in_many_forms(world):
    numbers = [draft.fields["phone"] for draft in everything(world) if "phone" in draft.fields]
    for form in (r"^\+\d+$", r"^00\d", r"^0\d", r"\(0\)", r"/", r"^\s", r"^[^\d]+$"):
        assert any(re.search(form, number) for number in numbers), form


def test_nothing_is_longer_than_the_shorter_field_of_both_vendors(world):
    longest = {"first_name": 40, "last_name": 80, "email": 80, "phone": 40, "mobile_phone": 40, "job_title": 128}
    longest |= {"title": 120, "name": 255, "domain": 255, "city": 40, "state": 80, "postal_code": 20, "country": 80}
    longest |= {"description": 32_000, "street": 255}
    for draft in everything(world):
        for name, value in draft.fields.items():
            assert len(value) <= longest.get(name, 255), (name, value)


def test_one_text_is_very_long(world):
    assert max(len(draft.fields.get("description", "")) for draft in everything(world)) > 5_000
