"""Custom fields in HubSpot: properties that are there already, options spelt in other ways, doubtful values."""

from __future__ import annotations

import httpx
import pytest

from crmbridge.connectors.hubspot.mapping import RULES, all_options, definition_of, is_fit, with_custom
from crmbridge.connectors.hubspot.mapping.answers import Option, Property, Row
from crmbridge.connectors.hubspot.mapping.custom import OptionBook
from crmbridge.connectors.hubspot.mapping.lexicon import lexicon_of
from crmbridge.connectors.hubspot.mapping.observing import observe
from crmbridge.connectors.hubspot.mapping.projecting import project, properties_to_write
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Value
from crmbridge.errors import FatalProviderError, RetriableProviderError
from tests.unit.connectors.hubspot.conftest import client_answering

SIZE = CustomField("contact", "x_size", "Size", "choice", remote_name="shirt", options=("Small", "A+", "A-"))
TOPICS = CustomField("contact", "x_topics", "Topics", "choices", options=("Sun; wind", "Storage"))
VIP = CustomField("contact", "x_vip", "VIP", "boolean")
SHIRT = Property(
    name="shirt",
    type="enumeration",
    field_type="select",
    options=(Option(value="s", label="small"), Option(value="a_plus", label="A+"), Option(value="old", label="Old")),
)
TOPIC = Property(
    name="x_topics",
    type="enumeration",
    field_type="checkbox",
    options=(Option(value="Sun, wind", label="Sun; wind"), Option(value="Storage", label="Storage")),
)
SCORE = Property(name="x_score", type="number", field_type="number", calculated=True)


def row(**properties: str | None) -> Row:
    return Row(id="1801", properties=properties)


def held(name: str, raw: str | None, *custom: CustomField, properties: tuple[Property, ...]) -> Value:
    rule = with_custom(RULES["contact"], custom)
    return observe(rule, row(**{name: raw}), lexicon_of(rule, properties=properties)).fields[custom[0].name]


def test_an_option_is_told_in_the_workspaces_spelling():
    assert held("shirt", "s", SIZE, properties=(SHIRT,)) == "Small"
    assert held("shirt", "a_plus", SIZE, properties=(SHIRT,)) == "A+"
    assert held("shirt", "old", SIZE, properties=(SHIRT,)) == "Old"
    assert held("shirt", "gone", SIZE, properties=(SHIRT,)) == "gone"


def test_options_that_differ_by_a_sign_only_are_not_mixed_up():
    book = OptionBook.of((Option(value="a_plus", label="A+"), Option(value="a_minus", label="A-")), ("A+", "A-"))
    assert (book.value("A+"), book.value("A-"), book.value("a+"), book.value("A")) == (
        "a_plus",
        "a_minus",
        "a_plus",
        None,
    )


def test_an_option_with_a_semicolon_in_it_goes_through_and_back():
    rule = with_custom(RULES["contact"], [TOPICS])
    lexicon = lexicon_of(rule, properties=[TOPIC])
    wanted = {"x_topics": ("Storage", "Sun; wind")}
    sent = properties_to_write(rule, wanted, lexicon)
    assert sent == {"x_topics": "Storage;Sun, wind"}
    assert project(rule, wanted, lexicon) == wanted


def test_missing_options_are_added_behind_the_old_ones():
    added = all_options(SIZE, SHIRT)
    assert [each["value"] for each in added] == ["s", "a_plus", "old", "A-"]
    assert [each["displayOrder"] for each in added] == [0, 1, 2, 3]
    assert all_options(CustomField("contact", "x_size", "Size", "choice", options=("SMALL",)), SHIRT) == []


def test_a_truth_value_is_made_with_both_its_options():
    made = definition_of(VIP, group="crmbridge")
    assert (made["type"], made["fieldType"]) == ("bool", "booleancheckbox")
    assert [each["value"] for each in made["options"]] == ["true", "false"]


@pytest.mark.parametrize(
    ("wanted", "there", "fits"),
    [
        (SIZE, SHIRT, True),
        (TOPICS, SHIRT, False),
        (TOPICS, TOPIC, True),
        (VIP, SHIRT, False),
        (VIP, Property(name="x_vip", type="enumeration", field_type="booleancheckbox"), True),
        (CustomField("contact", "x_day", "Day", "date"), Property(name="x_day", type="datetime"), False),
        (CustomField("contact", "x_day", "Day", "url"), Property(name="x_day", type="string"), True),
    ],
)
def test_only_a_property_of_a_fitting_type_is_adopted(wanted, there, fits):
    assert is_fit(wanted, there) is fits


def test_a_calculated_property_is_read_and_never_written():
    score = CustomField("contact", "x_score", "Score", "number")
    rule = with_custom(RULES["contact"], [score])
    lexicon = lexicon_of(rule, properties=[SCORE])
    assert observe(rule, row(x_score="7.50"), lexicon).fields == {"x_score": "7.5"}
    assert project(rule, {"x_score": "8"}, lexicon) == {}


def test_a_property_of_another_type_is_refused_before_anything_is_made():
    calls: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        if request.url.path.endswith("/crmbridge_id"):
            return httpx.Response(200, json={"name": "crmbridge_id", "hasUniqueValue": True})
        return httpx.Response(200, json={"results": [{"name": "x_vip", "type": "string", "fieldType": "text"}]})

    with pytest.raises(FatalProviderError, match="cannot hold boolean") as refusal:
        client_answering(answer).provision("contact", [VIP])
    assert refusal.value.code == "FIELD_OF_ANOTHER_TYPE"
    assert {each.method for each in calls} == {"GET"}


@pytest.mark.parametrize("category", ["CONFLICT", "VALIDATION_ERROR"])
def test_a_property_that_somebody_made_meanwhile_is_no_failure(category):
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/crmbridge_id"):
            return httpx.Response(200, json={"name": "crmbridge_id", "hasUniqueValue": True})
        if request.url.path.endswith("/batch/create"):
            error = {"status": "error", "category": category, "message": "no such luck"}
            return httpx.Response(207, json={"results": [], "errors": [error]})
        return httpx.Response(200, json={"results": []})

    client = client_answering(answer)
    if category == "CONFLICT":
        assert client.provision("contact", [VIP]) == ()
    else:
        with pytest.raises((FatalProviderError, RetriableProviderError), match="no such luck"):
            client.provision("contact", [VIP])
