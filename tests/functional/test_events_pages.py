"""The pages on events in say what the code declares: every type, every setting with its default, every custom field."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from crmbridge.domain.workflows.events import EVENT_TYPES
from crmbridge.domain.workflows.field_kits import KITS
from crmbridge.domain.workflows.rules import ENGAGEMENT, INTERACTIONS, REPAIR_SHOP
from crmbridge.runtime._event_shapes import DATA
from tests.functional.description import DOCUMENT

DOCS = Path(__file__).parents[2] / "docs"
EVENTS, SHOP = ((DOCS / name).read_text(encoding="utf-8") for name in ("events-in.md", "repair-shop.md"))


@pytest.mark.parametrize("type_", EVENT_TYPES)
def test_every_type_is_told_of_and_published(type_):
    assert f"`{type_}`" in EVENTS + SHOP
    schemas = DOCUMENT["components"]["schemas"].values()
    assert any(type_ in each.get("properties", {}).get("type", {}).get("enum", ()) for each in schemas)


@pytest.mark.parametrize("type_", ["booking.created", "payment.received", "review.submitted", "customer.updated"])
def test_the_shops_page_names_every_field_of_its_events(type_):
    people = {"customerId", "customerName", "customerEmail", "customerPhone", "firstName", "lastName", "name"}
    shared = people | {"email", "phone", "bookingId", "currency"}
    assert [name for name in DATA[type_]["properties"] if name not in shared and f"`{name}`" not in SHOP] == []


def test_settings_are_told_with_their_defaults():
    for name, default in REPAIR_SHOP.defaults.items():
        (shown,) = re.findall(rf"^\| `{name}` \| (.*?) \|", SHOP, re.MULTILINE)
        assert shown in (f"`{default}`", f"`{json.dumps(default)}`", "the table above")
    for status, word in REPAIR_SHOP.defaults["stages"].items():
        assert re.search(rf"^\| `{status}` \| `{word}`", SHOP, re.MULTILINE)
    assert all(f"`{name}`" in EVENTS for name in INTERACTIONS.defaults if name != "formSubmitted")
    assert f"last {ENGAGEMENT.defaults['windowDays']} days" in EVENTS


@pytest.mark.parametrize("custom", KITS["repair_shop"], ids=lambda each: f"{each.entity}.{each.name}")
def test_every_field_of_the_shop_is_explained(custom):
    assert f"`{custom.name}`" in SHOP
