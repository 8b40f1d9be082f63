"""Custom fields and webhooks are set up once, and repaired where somebody changed them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crmbridge.connectors.kommo.client import KommoClient
from crmbridge.domain.custom_fields import CustomField
from crmbridge.errors import FatalProviderError
from crmbridge.ports import WriteOp
from tests.unit.connectors.kommo.conftest import Place

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "https://bridge.example.com/webhooks/kommo/a-secret"
SOLUTION = CustomField("deal", "x_solution_type", "Solução", "choice", options=("Usina própria", "Investimento"))


def test_new_options_are_added_and_old_ones_keep_their_ids(place: Place, client: KommoClient):
    few = CustomField("deal", SOLUTION.name, SOLUTION.label, "choice", options=("Usina própria",))
    assert client.provision("deal", [few]) == ("X_SOLUTION_TYPE",)
    before = {each["value"]: each["id"] for each in _enums(place)}
    assert client.provision("deal", [SOLUTION]) == ()
    after = {each["value"]: each["id"] for each in _enums(place)}
    assert after.keys() == {"Usina própria", "Investimento"}
    assert after["Usina própria"] == before["Usina própria"]


def _enums(place: Place) -> list[dict]:
    state = place.http.get("http://sandbox.test/_sandbox/state?entity=custom_fields").json()
    return next(each["enums"] for each in state["custom_fields"]["leads"] if each["code"] == "X_SOLUTION_TYPE")


@pytest.mark.parametrize("by", ["id", "code", "name"])
def test_a_field_that_people_made_is_met_by_id_code_or_name(place: Place, by: str):
    wanted = {"name": "Fonte do lead", "type": "select", "code": "LEAD_SOURCE", "enums": [{"value": "WhatsApp"}]}
    made = place.seed(custom_fields={"leads": [wanted]})["custom_fields"][0]
    spelt = {"id": str(made["id"]), "code": "lead_source", "name": "fonte do lead"}[by]
    field = CustomField("deal", "x_source", "Source", "choice", remote_name=spelt, options=("WhatsApp",))
    client = place.client(field)
    assert client.provision("deal", [field]) == ("CRMBRIDGE_ID",)
    (result,) = client.write("deal", [WriteOp("create", "dea_1", fields={"title": "T", "x_source": "whatsapp"})])
    assert client.read("deal", [result.external_id]).found[result.external_id].fields["x_source"] == "WhatsApp"


def test_a_field_of_another_type_is_refused_and_never_touched(place: Place):
    place.seed(custom_fields={"leads": [{"name": "Solução", "type": "text", "code": "X_SOLUTION_TYPE"}]})
    client = place.client(SOLUTION)
    with pytest.raises(FatalProviderError) as caught:
        client.provision("deal", [SOLUTION])
    assert caught.value.code == "FIELD_OF_ANOTHER_TYPE"
    assert client.project("deal", {SOLUTION.name: "Investimento"}) == {}


def test_an_option_made_since_is_read(place: Place, client: KommoClient):
    client.provision("deal", [SOLUTION])
    other = place.client(SOLUTION)
    assert other.project("deal", {SOLUTION.name: "Investimento"}) == {SOLUTION.name: "Investimento"}


def test_somebody_who_joined_since_is_known_and_asked_for_once(place: Place, client: KommoClient):
    client.owners()
    made = place.seed(users=[{"email": "Nina@lagoasolar.example", "name": "Nina"}])["users"][0]
    (person,) = place.seed(contacts=[{"first_name": "A", "responsible_user_id": made["id"]}])["ids"]["contacts"]
    assert client.read("contact", [str(person)]).found[str(person)].fields["owner"] == "nina@lagoasolar.example"
    place.forget_calls()
    client.read("contact", [str(person)])
    assert [each["endpoint"] for each in place.calls()] == ["/api/v4/contacts"]


def test_one_subscription_listens_to_everything_and_twice_does_no_harm(place: Place, client: KommoClient):
    (first,) = client.subscribe(URL, now=NOW)
    assert first.is_active
    assert first.expires_at is None
    assert {"add_lead", "status_lead", "update_contact", "delete_company", "note_lead", "add_task"} <= set(first.events)
    place.forget_calls()
    assert client.subscribe(URL, now=NOW) == (first,)
    assert [each["method"] for each in place.calls()] == ["GET"]
    assert client.unsubscribe(URL) == 1
    assert client.unsubscribe(URL) == 0


@pytest.mark.parametrize("answer", ["replace", "merge"])
def test_a_subscription_that_is_off_or_lacks_a_code_is_made_anew(place: Place, client: KommoClient, answer: str):
    place.control("/options", {"same_url": answer})
    client._calls.send("POST", "/webhooks", {"destination": URL, "settings": ["add_lead"]})
    client._calls.send("POST", "/webhooks", {"destination": "https://other.example.com/", "settings": ["add_lead"]})
    (whole,) = client.subscribe(URL, now=NOW)
    assert len(whole.events) > 20
    place.control("/switch_off", {})
    assert not any(each.is_active for each in client.subscriptions())
    assert all(each.is_active for each in client.subscribe(URL, now=NOW))
    assert [each.is_active for each in client.subscriptions() if each.url != URL] == [False], "not ours to repair"


def test_a_code_that_kommo_does_not_know_is_done_without(place: Place, client: KommoClient, monkeypatch):
    from sandbox.kommo.http import hooks

    monkeypatch.setattr(hooks, "CODES", hooks.CODES - {"update_task"})
    (made,) = client.subscribe(URL, now=NOW)
    assert "update_task" not in made.events
    assert "add_task" in made.events
