from __future__ import annotations

import json
import timeit
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.connectors._values import ascii_email
from crmbridge.connectors.hubspot import CONNECTOR
from crmbridge.connectors.hubspot.mapping import (
    ACTIVITY_RULES,
    RULES,
    AccountDetails,
    ListAnswer,
    Property,
    Row,
    choice_of,
    lexicon_of,
    merged_ids,
    observe,
    project,
    properties_to_write,
)
from crmbridge.connectors.hubspot.mapping.answers import Option, OwnerRow
from crmbridge.connectors.hubspot.mapping.lexicon import zone_of
from crmbridge.connectors.hubspot.mapping.observing import day_of, inline_refs, linked_refs
from crmbridge.domain.records import FIELD_NAMES, REFERENCES, Entity
from crmbridge.domain.stages import DEAL_STAGES, LEAD_STATUSES, LIFECYCLE_STAGES
from tests.unit.connectors.hubspot.conftest import DEFAULT_STAGES, fixture_json, lexicon, pipeline

LEXICON = lexicon()
BY_ENTITY = {entity: rule for entity, rule in RULES.items() if entity != "lead"}
text = st.text(max_size=40)
words = st.sampled_from(["Ana", "Zoë ☕", " x ", "a\x00b", "line\r\nline", "مرحبا", ""])
MOMENTS = st.sampled_from(["2026-11-20T14:00:00Z", "2026-11-20T14:00:00.250-03:00", "tomorrow", ""])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "email": st.emails() | words,
    "phone": st.sampled_from(["+5511987654321", "(11) 98765-4321", "ask Ana", "0044 20 7946 0958"]) | words,
    "mobile_phone": st.sampled_from(["+5511987654321", "212-555-0123 x7"]),
    "domain": st.sampled_from(["https://www.Example.com/a", "example.com", "EXAMPLE.com."]) | words,
    "country": st.sampled_from(["Brazil", "US", "Atlantis"]) | words,
    "employees": st.integers(0, 10**7) | words,
    "annual_revenue": st.decimals(0, 10**9, places=4).map(str) | words,
    "amount": st.decimals(-(10**6), 10**9, places=2).map(str),
    "currency": st.sampled_from(["USD", "eur", "XXX"]),
    "stage": st.sampled_from([*DEAL_STAGES, "closedwon", "no such"]),
    "close_on": st.dates().map(str) | words,
    "lead_status": st.sampled_from([*LEAD_STATUSES, "BAD_TIMING", "no such"]),
    "lifecycle_stage": st.sampled_from([*LIFECYCLE_STAGES, "customer", "no such"]),
    "deal_type": st.sampled_from(["New Business", "new customer", "existingbusiness", "other"]),
    "industry": st.sampled_from(["software", "Computer Software", "Medical", "RETAIL", "Basket weaving"]),
    "owner": st.sampled_from(["ada@example.com", "ADA@example.com", "otto@example.com", "nobody@example.com"]),
    "company": st.sampled_from(["com_1"]),
    "contacts": st.just(("con_1", "con_2")),
    "deal": st.just("dea_1"),
    "starts_at": MOMENTS,
    "due_at": MOMENTS,
    "ends_at": MOMENTS,
    "status": st.sampled_from(["open", "completed", "cancelled", "no such"]),
    "priority": st.sampled_from(["low", "normal", "high", "urgent"]),
    "direction": st.sampled_from(["inbound", "outbound", "sideways"]),
    "duration_s": st.integers(0, 10**6) | words,
}
BY_NAME = {**RULES, **ACTIVITY_RULES}
IN_HEADERS = {"email_from", "email_to"}


@st.composite
def canonical(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Draw an entity, or a kind of activity, and values of its fields."""
    name = draw(st.sampled_from(sorted(BY_NAME)))
    rule = BY_NAME[name]
    names = draw(st.sets(st.sampled_from(FIELD_NAMES[rule.entity]))) - {"kind"} - IN_HEADERS
    kind = {"kind": rule.kind} if rule.kind else {}
    return name, kind | {each: draw(st.none() | FIELDS.get(each, text | words)) for each in sorted(names)}


@given(canonical())
def test_what_is_written_is_read_as_it_was_projected(drawn: tuple[str, dict[str, Any]]):
    """Canonical → properties → JSON → row → canonical equals the projection, absent fields aside."""
    name, fields = drawn
    rule = BY_NAME[name]
    said = project(rule, fields, LEXICON)
    written = properties_to_write(rule, said, LEXICON)
    row = Row.model_validate(json.loads(json.dumps({"id": 1, "properties": written})))
    read = observe(rule, row, LEXICON).fields
    assert read == {name: value for name, value in said.items() if name not in REFERENCES[rule.entity]}


@given(canonical())
def test_a_projection_is_idempotent_and_never_invents_a_field(drawn: tuple[str, dict[str, Any]]):
    name, fields = drawn
    once = project(BY_NAME[name], fields, LEXICON)
    assert project(BY_NAME[name], once, LEXICON) == once
    assert once.keys() <= fields.keys()


@given(canonical())
def test_writing_the_projection_or_the_original_sends_the_same(drawn: tuple[str, dict[str, Any]]):
    name, fields = drawn
    rule = BY_NAME[name]
    said = project(rule, fields, LEXICON)
    again = project(rule, said, LEXICON)
    assert properties_to_write(rule, said, LEXICON) == properties_to_write(rule, again, LEXICON)


def test_the_declared_fields_are_the_mapped_ones():
    for name, rule in BY_ENTITY.items():
        entity = cast("Entity", name)
        linked = {*rule.linked, *(["company"] if rule.company_link else [])}
        mapped = {each.field for each in rule.properties} | linked
        assert mapped == set(CONNECTOR.supports.fields[entity])
        assert mapped <= set(FIELD_NAMES[entity])
    kept = {each.field for rule in ACTIVITY_RULES.values() for each in rule.properties}
    assert kept | {"kind", *REFERENCES["activity"]} == set(CONNECTOR.supports.fields["activity"])
    assert {rule.kind: rule.path for rule in ACTIVITY_RULES.values()} == CONNECTOR.supports.activity_places
    assert {*BY_ENTITY, "lead", "activity"} == set(CONNECTOR.supports.entities)


def test_every_field_left_out_is_named_with_its_reason():
    for entity in CONNECTOR.supports.entities:
        for name in set(FIELD_NAMES[entity]) - set(CONNECTOR.supports.fields[entity]):
            assert CONNECTOR.supports.not_built[f"{entity}.{name}"]


def test_a_contact_is_read_as_hubspot_states_it():
    first, second = (Row.model_validate(each) for each in fixture_json("answers", "contact.list")["results"])
    seen = observe(RULES["contact"], first, LEXICON)
    assert seen.fields == {
        "email": "ana.prado@example.com",
        "first_name": "Ana",
        "last_name": "Prado",
        "phone": "+5511987654321",
        "mobile_phone": None,
        "country": "Brasil",
        "lifecycle_stage": "marketing_qualified",
        "lead_status": "in_progress",
        "owner": "ada@example.com",
    }
    assert seen.refs == {"company": ("2801",)}
    assert seen.correlation_id == "con_00000000000000000000000001"
    assert seen.modified_at == datetime(2026, 11, 20, 10, 30, 0, 188_000, tzinfo=UTC)
    assert seen.version == "1795170600188"
    assert merged_ids(first) == ("1790", "1791")
    other = observe(RULES["contact"], second, LEXICON)
    assert other.fields["email"] is None
    assert other.fields["last_name"] is None
    assert other.fields["phone"] == "ask reception"
    assert other.refs == {"company": ()}
    assert "lifecycle_stage" not in other.fields, "an empty stage is the moment between two writes"
    assert "street" not in other.fields, "what the answer does not hold was not read"


def test_a_deal_is_read_with_its_primary_company_in_the_accounts_own_day():
    (raw,) = fixture_json("answers", "deal.list")["results"]
    row = Row.model_validate(raw)
    refs, is_whole = inline_refs(RULES["deal"], row.associations)
    assert is_whole
    assert refs == {"company": ("2801",), "contacts": ("1801", "1802")}
    seen = observe(RULES["deal"], row, LEXICON, refs=refs)
    assert seen.refs == refs
    assert seen.fields == {
        "title": "Storage, first phase",
        "amount": "48000.75",
        "currency": "EUR",
        "stage": "presentation",
        "close_on": "2027-03-31",
        "deal_type": "New Business",
    }


def test_a_listing_that_does_not_show_all_associations_is_not_believed():
    more = {"companies": {"results": [{"id": "1", "type": "deal_to_company"}], "paging": {"next": {"after": "x"}}}}
    row = Row.model_validate({"id": "1", "associations": more})
    assert inline_refs(RULES["deal"], row.associations)[1] is False


def test_a_deal_without_a_primary_company_has_the_oldest():
    row = Row.model_validate(
        {
            "id": "1",
            "associations": {
                "companies": {
                    "results": [
                        {"id": "90", "type": "deal_to_company_unlabeled"},
                        {"id": "100", "type": "deal_to_company_unlabeled"},
                    ]
                }
            },
        }
    )
    assert inline_refs(RULES["deal"], row.associations)[0]["company"] == ("90",)
    assert linked_refs("company", ()) == ()


@pytest.mark.parametrize(
    ("properties", "field"),
    [
        ({"amount": "a lot"}, "amount"),
        ({"closedate": "soon"}, "closedate"),
        ({"hs_lastmodifieddate": "yesterday"}, "yesterday"),
    ],
)
def test_a_row_that_cannot_be_understood_names_the_property(properties: dict[str, str | None], field: str):
    with pytest.raises(ValueError, match=field):
        observe(RULES["deal"], Row(id="1", properties=properties), LEXICON)


def test_an_owner_nobody_knows_is_not_read():
    row = Row(id="1", properties={"hubspot_owner_id": "999"})
    assert "owner" not in observe(RULES["contact"], row, LEXICON).fields
    row = Row(id="1", properties={"hubspot_owner_id": None})
    assert observe(RULES["contact"], row, LEXICON).fields["owner"] is None
    row = Row(id="1", properties={"hubspot_owner_id": "81400114"})
    assert observe(RULES["contact"], row, LEXICON).fields["owner"] == "otto@example.com"


def test_only_people_who_can_own_records_are_given_any():
    assert project(RULES["contact"], {"owner": "ada@example.com"}, LEXICON) == {"owner": "ada@example.com"}
    assert project(RULES["contact"], {"owner": "otto@example.com"}, LEXICON) == {}
    assert project(RULES["contact"], {"owner": None}, LEXICON) == {"owner": None}
    half = lexicon(owner_emails={})
    assert project(RULES["contact"], {"owner": "ada@example.com"}, half) == {}, "what could not be read back"


def test_a_property_the_account_has_not_is_left_out():
    poor = lexicon(properties=frozenset({"dealname"}))
    assert project(RULES["deal"], {"title": "x", "currency": "USD"}, poor) == {"title": "x"}


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("ana@example.com", "ana@example.com"),
        ("ana@münchen.example", "ana@xn--mnchen-3ya.example"),
        ("josé@example.com", None),
        ("nobody", None),
        ("ana@example", None),
    ],
)
def test_an_address_is_sent_as_hubspot_takes_it(address: str, written: str | None):
    assert ascii_email(address) == written


@pytest.mark.parametrize(
    "zone",
    ["Pacific/Auckland", "US/Pacific", "America/Sao_Paulo", "UTC", "Asia/Kolkata", "Pacific/Kiritimati", "Etc/GMT+12"],
)
@given(day=st.dates(datetime(1990, 1, 1).date(), datetime(2090, 1, 1).date()))  # noqa: DTZ001 - only days are drawn
def test_a_closing_day_stays_the_same_day_in_every_account(zone: str, day: Any):
    """T-87."""
    there = lexicon(zone=ZoneInfo(zone))
    assert project(RULES["deal"], {"close_on": str(day)}, there) == {"close_on": str(day)}


def test_a_midnight_in_utc_was_written_as_a_day():
    pacific = timezone(timedelta(hours=-8))
    assert day_of("2026-03-31T00:00:00Z", pacific) == "2026-03-31"
    assert day_of("2026-03-31T00:00:00.001Z", pacific) == "2026-03-30"
    assert day_of("2026-04-01T06:59:59.999Z", pacific) == "2026-03-31"
    assert day_of("1774915200000", pacific) == "2026-03-31"
    assert day_of("", pacific) is None


def test_a_new_record_clears_nothing_and_names_its_pipeline():
    fields = {"title": "x", "description": None, "stage": "contract"}
    assert properties_to_write(RULES["deal"], fields, LEXICON, is_new=True) == {
        "dealname": "x",
        "dealstage": "contractsent",
        "pipeline": "default",
    }
    assert properties_to_write(RULES["deal"], {"title": None}, LEXICON) == {"dealname": ""}


def test_a_stage_is_written_in_the_deals_own_pipeline_or_not_at_all():
    two = [
        pipeline("default", *DEFAULT_STAGES),
        pipeline("77", ("701", "Talking", "0.5"), ("702", "Cheers", "1.0"), order=1),
    ]
    from crmbridge.connectors.hubspot.mapping.stages import stage_map_of

    there = lexicon(stages=stage_map_of(two))

    def write(stage: str) -> dict[str, str]:
        return properties_to_write(RULES["deal"], {"stage": stage}, there, pipeline_id="77")

    assert write("won") == {"dealstage": "702"}
    assert write("contract") == {"dealstage": "701"}
    with pytest.raises(ValueError, match="pipeline 77 has no stage for 'lost'"):
        write("lost")


@pytest.mark.parametrize(
    ("name", "options", "said", "value", "word"),
    [
        (
            "industry",
            {"COMPUTER_SOFTWARE": "Computer Software"},
            "computer software",
            "COMPUTER_SOFTWARE",
            "Computer Software",
        ),
        ("industry", {"COMPUTER_SOFTWARE": "Computer Software"}, "Software", "COMPUTER_SOFTWARE", "Computer Software"),
        (
            "industry",
            {"HOSPITAL_HEALTH_CARE": "Hospital & Health Care"},
            "HOSPITAL_HEALTH_CARE",
            "HOSPITAL_HEALTH_CARE",
            "Hospital & Health Care",
        ),
        ("industry", {"opt_17": "Wind farms"}, "wind farms", "opt_17", "Wind farms"),
        ("industry", {"opt_17": "風力"}, "風力", "opt_17", "風力"),
        ("industry", {"a": "--", "b": "??"}, "??", "b", "??"),
        ("hs_lead_status", {"NEW": "Brand new"}, "new", "NEW", "new"),
        (
            "hs_lead_status",
            {"ATTEMPTED_TO_CONTACT": "Attempted", "IN_PROGRESS": "Busy"},
            "in_progress",
            "IN_PROGRESS",
            "in_progress",
        ),
        ("hs_lead_status", {"custom": "Waiting room"}, "Waiting room", "custom", "Waiting room"),
        ("deal_currency_code", {"USD": "US Dollar"}, "usd", "USD", "USD"),
    ],
)
def test_a_choice_is_found_by_everything_it_may_be_called(
    name: str, options: dict[str, str], said: str, value: str, word: str
):
    choice = choice_of(name, [Option(value=key, label=label) for key, label in options.items()])
    assert choice.value(said) == value
    assert choice.word(value) == word
    assert choice.value(word) == value


def test_a_choice_that_is_not_offered_cannot_be_written():
    choice = choice_of("industry", [Option(value="RETAIL", label="Retail")])
    assert choice.value("Basket weaving") is None
    assert choice.word("GONE_SINCE") == "GONE_SINCE"


def test_two_options_of_one_label_stay_two():
    choice = choice_of("industry", [Option(value="a1", label="Other"), Option(value="b2", label="OTHER")])
    for value in ("a1", "b2"):
        assert choice.value(choice.word(value)) == value


def test_a_workspace_has_the_last_word_on_its_choices():
    options = [Option(value="RETAIL", label="Retail"), Option(value="INTERNET", label="Internet")]
    choice = choice_of("industry", options, {"Web shops": "INTERNET", "Gone": "NO_SUCH_OPTION"})
    assert choice.value("web shops") == "INTERNET"
    assert choice.word("INTERNET") == "Web shops"
    assert choice.value("Gone") is None


def test_the_vocabulary_of_an_account_is_built_from_its_own_definitions():
    found = lexicon_of(
        RULES["deal"],
        properties=[
            Property(name="dealtype", type="enumeration", options=(Option(value="newbusiness"),)),
            Property(name="dealname"),
        ],
        pipelines=[pipeline("default", *DEFAULT_STAGES)],
        owners=[
            OwnerRow(id="1", email="Ada@Example.com"),
            OwnerRow(id="2", email="o@example.com", archived=True),
            OwnerRow(id="3"),
        ],
        account=AccountDetails(portal_id="4", time_zone="America/Sao_Paulo"),
        settings={"stages": {"contractsent": "decision"}},
    )
    assert found.owner_ids == {"ada@example.com": "1"}
    assert found.owner_emails == {"1": "ada@example.com", "2": "o@example.com"}
    assert found.zone == ZoneInfo("America/Sao_Paulo")
    assert found.stages.key("contractsent") == "decision"
    assert found.properties == {"dealtype", "dealname"}
    assert list(found.choices) == ["dealtype"]


def test_a_time_zone_nobody_here_knows_is_taken_by_its_offset():
    assert zone_of(None) is UTC
    for name in ("Mars/Olympus", "", "../etc/passwd"):
        unknown = AccountDetails(portal_id="4", time_zone=name, utc_offset_milliseconds=-14_400_000)
        assert zone_of(unknown) == timezone(timedelta(hours=-4))


def test_a_page_of_a_hundred_rows_takes_less_than_ten_milliseconds():
    (raw, _) = fixture_json("answers", "contact.list")["results"]
    body = {"results": [{**raw, "id": str(number)} for number in range(100)]}

    def read() -> None:
        for each in ListAnswer.model_validate(body).results:
            observe(RULES["contact"], Row.model_validate(each), LEXICON)

    read()
    assert min(timeit.repeat(read, number=1, repeat=7)) < 0.010
