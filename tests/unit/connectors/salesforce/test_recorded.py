"""What the vendor really sent, as far as recordings are at hand beside the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.connectors.salesforce.auth import SalesforceAuth
from crmbridge.connectors.salesforce.client._errors import refusal
from crmbridge.connectors.salesforce.mapping.columns import COLUMNS, columns
from crmbridge.connectors.salesforce.mapping.ids import ENTITIES as BY_OBJECT
from crmbridge.connectors.salesforce.mapping.organization import OrgFacts
from crmbridge.connectors.salesforce.mapping.rendering import project
from crmbridge.connectors.salesforce.mapping.schema import schema_of
from crmbridge.connectors.salesforce.webhooks import DOOR, parse_change_event
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.domain.webhook import WebhookCall
from crmbridge.errors import AuthorizationExpiredError
from tests.unit.connectors.salesforce import canonical
from tests.unit.connectors.salesforce.conftest import NOW

pytestmark = pytest.mark.needs_shared

RECORDED = Path(__file__).parents[5] / "shared/data/vendors/salesforce"


def _json(path: str) -> Any:
    return json.loads((RECORDED / path).read_text(encoding="utf-8"))


def _described(name: str) -> dict[str, Any]:
    told = _json(f"recorded/describe-{name}-v42.json")
    return told if "fields" in told else next(value for value in told.values() if "fields" in value)


@pytest.mark.parametrize("name", ["Account", "Contact", "Lead"])
def test_a_real_org_has_every_field_that_we_map(name: str) -> None:
    entity = BY_OBJECT[name]
    held = {each.name for each in columns(entity, schema_of(_described(name)))}
    assert held == {each.name for each in COLUMNS[entity]}


@given(data=st.data())
def test_projections_are_stable_in_a_real_org(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["Account", "Contact", "Lead"]))
    entity = canonical.PLAIN[[str(each) for each in canonical.PLAIN].index(BY_OBJECT[name])]
    facts = OrgFacts(BY_OBJECT[name], schema_of(_described(name)))
    once = project(data.draw(canonical.fields(entity)), facts)
    assert project(once, facts) == once


@pytest.mark.parametrize("name", ["contact-one-notification", "custom-object-nil-session-attr-order"])
def test_real_outbound_messages_are_read(name: str) -> None:
    body = (RECORDED / f"outbound-messages/{name}.xml").read_bytes()
    call = WebhookCall("POST", "https://bridge.example.test/x", {"content-type": "text/xml; charset=utf-8"}, body)
    DOOR.verify(call, secrets=(), now=NOW)
    (event,) = DOOR.parse(call)
    masked_or_foreign = "unknown"
    assert event.kind == masked_or_foreign
    assert event.entity == ("contact" if name.startswith("contact") else None)
    assert event.raw["sObject"]["CreatedDate"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("update_contact", "changed"),
        ("update_contact_compound_address", "changed"),
        ("new_account", "changed"),
        ("update_user", "unknown"),
    ],
)
def test_real_change_events_are_read(name: str, kind: str) -> None:
    told = parse_change_event(_json(f"events/{name}.json"))
    assert [each.kind for each in told] == [kind]


def test_a_real_refresh_keeps_what_its_answer_leaves_out() -> None:
    answer = _json("restforce/refresh_success_response.json")
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=answer)))
    old = Grant("oauth", "a", "r", base_url="https://na1.salesforce.com", account_id="00Dx0000000BV7zEAG")
    fresh = SalesforceAuth(http, "").refresh(AppSecret("c", "s"), old, environment="production", now=NOW)
    assert (fresh.refresh_token, fresh.base_url, fresh.account_id) == ("r", answer["instance_url"], old.account_id)
    assert fresh.access_token == answer["access_token"]


def test_a_real_refusal_of_a_refresh_ends_the_grant() -> None:
    body = _json("restforce/refresh_error_response.json")
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(400, json=body)))
    with pytest.raises(AuthorizationExpiredError, match="expired access/refresh token"):
        SalesforceAuth(http, "").refresh(AppSecret("c", "s"), Grant("oauth", "a"), environment="production", now=NOW)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("amp-labs/crm/delete/not-found.json", "ENTITY_IS_DELETED"),
        ("amp-labs/metadata/write/err-duplicate-permission-assignment.json", "DUPLICATE_VALUE"),
        ("amp-labs/invalid-field-upsert.json", "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ],
)
def test_real_refusals_keep_their_code_and_words(path: str, code: str) -> None:
    found = refusal(_json(path))
    assert found.code == code
    assert found.words.startswith(f"{code}: ")
