"""amocrm-api, the most used Python client of Kommo's API, works against the simulated Kommo, host aside."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from amocrm.v2 import Company, Contact, Lead, Pipeline, Tag, Task, User, custom_field, exceptions, links, tokens
from amocrm.v2.account import AccountInteraction
from amocrm.v2.entity.events import Event
from amocrm.v2.filters import DateRangeFilter, MultiFilter, SingleFilter
from requests.adapters import HTTPAdapter

from sandbox import Settings, create
from sandbox._server import SandboxServer
from tests.contract._process import spawned

REDIRECT = "http://127.0.0.1/auth/callback"
HOST = "https://lagoasolar.amocrm.ru"


class Deal(Lead):
    """A lead with a custom field, as the client's users write it."""

    source = custom_field.SelectCustomField("Fonte do lead", code="FONTE")


@contextmanager
def late() -> Generator[SandboxServer]:
    """Serve a simulated Kommo two days behind: the client takes every access token for expired and refreshes it."""
    behind = timedelta(days=2)
    build = partial(_build, lambda: datetime.now(UTC) - behind)
    with SandboxServer(build) as running:
        yield running


def _build(real: Callable[[], datetime], url: str) -> Any:
    return create("kommo", Settings(base_url=url, real=real))


@pytest.fixture
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A simulated Kommo that is late, or one in a process of its own where a test asks for it."""
    plain_send = HTTPAdapter.send
    with spawned("kommo") if getattr(request, "param", "") == "spawned" else late() as running:

        def send(self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            assert request.url is not None
            request.url = request.url.replace(HOST, running.url, 1)
            return plain_send(self, request, *args, **kwargs)

        monkeypatch.setattr(HTTPAdapter, "send", send)
        requests.post(f"{running.url}/_sandbox/limits", json={"per_second": 0}, timeout=5)
        yield running


@pytest.fixture
def kept(server: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> tokens.MemoryTokensStorage:
    """The client, connected through the consent page."""
    page = requests.get(
        f"{server.url}/oauth",
        params={"client_id": server.app.credentials["client_id"], "state": "s-1", "redirect_uri": REDIRECT},
        timeout=5,
    )
    fields = dict(re.findall(r'name="([^"]*)" value="([^"]*)">', page.text))
    back = requests.post(
        f"{server.url}/oauth", data={**fields, "decision": "grant"}, allow_redirects=False, timeout=5
    ).headers["location"]
    storage = tokens.MemoryTokensStorage()
    monkeypatch.setattr(tokens.default_token_manager, "_storage", None)
    manager: Any = tokens.default_token_manager
    manager(
        client_id=str(server.app.credentials["client_id"]),
        client_secret=str(server.app.credentials["client_secret"]),
        subdomain="lagoasolar",
        redirect_url=REDIRECT,
        storage=storage,
    )
    tokens.default_token_manager.init(code=parse_qs(urlsplit(back).query)["code"][0])
    return storage


@pytest.fixture(autouse=True)
def connected(kept: tokens.MemoryTokensStorage) -> None:
    assert kept.get_refresh_token()


def _new_contact(first_name: str, **more: Any) -> Any:
    contact: Any = Contact(first_name=first_name, **more)
    contact.create()
    return contact


def test_every_refresh_gives_another_pair_and_ends_the_one_before(kept: tokens.MemoryTokensStorage):
    first = kept.get_refresh_token()
    account: Any = AccountInteraction().get()
    assert account["subdomain"] == "lagoasolar"
    second = kept.get_refresh_token()
    assert second != first
    kept.save_tokens(str(kept.get_access_token()), str(first))
    with pytest.raises(EnvironmentError, match="revoked"):
        AccountInteraction().get()


@pytest.mark.parametrize("server", ["late", "spawned"], indirect=True)
@pytest.mark.usefixtures("server")
def test_a_contact_is_created_read_changed_and_found():
    contact = _new_contact("Ana", last_name="Prado")
    read = Contact.objects.get(object_id=contact.id)
    assert (read.name, read.first_name, read.last_name) == ("Ana Prado", "Ana", "Prado")
    assert read.created_at <= datetime.now(UTC).replace(tzinfo=None)
    read.last_name = "Lund"
    read.tags.append("VIP")
    read.save()
    again = Contact.objects.get(object_id=contact.id)
    assert (again.last_name, [each.name for each in again.tags]) == ("Lund", ["VIP"])
    assert again.responsible_user.email.endswith("@lagoasolar.example")


def test_a_search_finds_what_the_index_has_seen(server: SandboxServer):
    contact = _new_contact("Benedita")
    requests.post(f"{server.url}/_sandbox/clock", json={"advance_s": 10}, timeout=5)
    assert Contact.objects.get(query="benedi").id == contact.id
    assert list(Contact.objects.filter(query="nobody is called so")) == []


def test_lists_are_read_to_their_end(server: SandboxServer):
    rows = [{"first_name": f"P{number}"} for number in range(513)]
    requests.post(f"{server.url}/_sandbox/seed", json={"contacts": rows}, timeout=30)
    assert len({each.id for each in Contact.objects.all()}) == 513


def test_filters_and_orders_are_understood(server: SandboxServer):
    ids = [_new_contact(f"P{number}").id for number in range(3)]
    ordered = list(Contact.objects.filter(order={"id": "desc"}))
    assert [each.id for each in ordered] == sorted(ids, reverse=True)
    one = list(Contact.objects.filter(filters=[MultiFilter("id")(ids[1])]))
    assert [each.id for each in one] == [ids[1]]
    now = datetime.now(UTC)
    lately = DateRangeFilter("updated_at")(now - timedelta(days=3), now)
    assert len(list(Contact.objects.filter(filters=[lately]))) == 3
    before = DateRangeFilter("updated_at")(now - timedelta(days=30), now - timedelta(days=20))
    assert list(Contact.objects.filter(filters=[before])) == []


def test_what_is_not_there_is_told_so():
    with pytest.raises(exceptions.NotFound):
        Contact.objects.get(object_id=99_000_001)


def test_what_kommo_refuses_is_a_validation_error():
    with pytest.raises(exceptions.ValidationError):
        Contact.objects.create(first_name="Ana", nickname="A")
    with pytest.raises(exceptions.ValidationError):
        Lead.objects.create(name="Telhado", price="much")


def test_companies_leads_and_people_are_linked():
    contact = _new_contact("Ana")
    company = Company(name="Vale Verde")
    contact.company = company
    read = Contact.objects.get(object_id=contact.id)
    assert read.company.name == "Vale Verde"
    lead = Lead(name="Telhado", price=48_000)
    lead.create()
    lead = Lead.objects.get(object_id=lead.id)
    lead.contacts.append(contact, main=True)
    assert [each.id for each in Lead.objects.get(object_id=lead.id).contacts] == [contact.id]
    assert [each.id for each in Contact.objects.get(object_id=contact.id).leads] == [lead.id]
    links.LinksInteraction()._set("unlink", lead, contact)  # its own ``unlink`` posts to ``link``
    assert list(Lead.objects.get(object_id=lead.id).contacts) == []


def test_a_lead_moves_through_its_pipeline():
    lead = Lead(name="Telhado")
    lead.create()
    lead = Lead.objects.get(object_id=lead.id)
    (pipeline,) = Pipeline.objects.all()
    assert {each.id for each in pipeline.statuses} >= {142, 143}
    assert lead.status.name == "Initial contact"
    lead.status = "Closed - won"
    lead.save()
    won = Lead.objects.get(object_id=lead.id)
    assert won.status.id == 142
    assert won.closed_at is not None


def test_custom_fields_are_written_and_read_by_the_clients_own_classes(server: SandboxServer):
    field = {"name": "Fonte do lead", "type": "select", "code": "FONTE", "enums": [{"value": "WhatsApp"}]}
    requests.post(f"{server.url}/_sandbox/seed", json={"custom_fields": {"leads": [field]}}, timeout=5)
    lead = Deal(name="Telhado")
    lead.source = "WhatsApp"
    lead.create()
    assert Deal.objects.get(object_id=lead.id).source.value == "WhatsApp"


def test_tasks_and_notes_are_kept():
    contact = _new_contact("Ana")
    task = Task(text="Ligar", entity_id=contact.id, entity_type="contacts", task_type_id=1)
    task.complete_till = datetime(2027, 3, 30, 15, tzinfo=UTC)
    task._data["complete_till"] = int(task._data["complete_till"])  # the client would send a fraction
    task.create()
    (listed,) = Task.objects.filter(filters=[SingleFilter("entity_id")(contact.id)])
    assert (listed.text, listed.is_completed, listed.complete_till) == ("Ligar", False, datetime(2027, 3, 30, 15))  # noqa: DTZ001 - the client's own times have no zone
    note = contact.notes.objects.create(note_type="common", params={"text": "Liga de tarde"})
    assert [(each.id, each.text) for each in contact.notes.objects.all()] == [(note.id, "Liga de tarde")]


def test_people_tags_and_history_are_listed():
    contact = _new_contact("Ana")
    assert {each.email for each in User.objects.all()} == {"marina@lagoasolar.example", "rafa@lagoasolar.example"}
    tag = Tag.contacts.create(name="VIP")
    assert [(each.id, each.name) for each in Tag.contacts.all()] == [(tag.id, "VIP")]
    events = [each for each in Event.objects.all() if each._data["entity_id"] == contact.id]
    assert [each._data["type"] for each in events] == ["contact_added"]


def test_withdrawn_access_is_told(server: SandboxServer):
    requests.post(f"{server.url}/_sandbox/tokens", json={"action": "revoke"}, timeout=5)
    with pytest.raises(EnvironmentError, match="revoked"):
        AccountInteraction().get()
