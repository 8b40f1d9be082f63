"""Microsoft's own Dataverse client works against the simulated Dynamics 365, host aside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import requests

from tests.contract._process import SandboxProcess, spawned

pytest.importorskip("PowerPlatform.Dataverse.client", reason="PowerPlatform-Dataverse-Client is not installed")

from azure.core.credentials import AccessToken
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.config import DataverseConfig
from PowerPlatform.Dataverse.core.errors import HttpError, MetadataError
from PowerPlatform.Dataverse.models.filters import col

NOBODY = "00000000-0000-4000-8000-0000000000aa"


class Application:
    """A credential of the azure kind: the application itself, by client id and secret."""

    def __init__(self, server: SandboxProcess) -> None:
        self._server = server
        self.asked: list[str] = []

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.asked += scopes
        secrets = self._server.app.credentials
        form = {"grant_type": "client_credentials", "scope": scopes[0]}
        form |= {name: secrets[name] for name in ("client_id", "client_secret")}
        url = f"{self._server.url}/{secrets['tenant_id']}/oauth2/v2.0/token"
        answer = requests.post(url, data=form, timeout=5)
        answer.raise_for_status()
        return AccessToken(answer.json()["access_token"], answer.json()["expires_in"])


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxProcess]:
    with spawned("dynamics", tls=True) as running:
        yield running


@pytest.fixture
def control(server: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.certificate))
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)

    def post(path: str, body: Any) -> Any:
        answer = requests.post(f"{server.url}/_sandbox/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()

    post("reset", {})
    return post


@pytest.fixture
def credential(server: SandboxProcess) -> Application:
    return Application(server)


@pytest.fixture
def dataverse(server: SandboxProcess, control: Any, credential: Application) -> Iterator[Any]:
    config = DataverseConfig(http_retries=1, http_timeout=10)
    with DataverseClient(server.url, credential, config) as client:
        yield client


def test_a_record_lives_from_create_to_delete(dataverse: Any):
    made = dataverse.records.create("contact", {"firstname": "Mia", "lastname": "Novak"})
    dataverse.records.update("contact", made, {"jobtitle": "Buyer"})
    row = dataverse.records.retrieve("contact", made, select=["fullname", "jobtitle"])
    assert (row["fullname"], row["jobtitle"]) == ("Mia Novak", "Buyer")
    dataverse.records.delete("contact", made)
    assert dataverse.records.retrieve("contact", made) is None
    with pytest.raises(HttpError) as gone:
        dataverse.records.update("contact", made, {"jobtitle": "x"})
    assert gone.value.status_code == 404
    assert gone.value.details["service_error_code"] == "0x80040217"


def test_many_records_are_created_and_changed_at_once_all_or_none(dataverse: Any):
    made = dataverse.records.create("account", [{"name": f"Quay {n}"} for n in range(250)])
    assert len(set(made)) == 250
    dataverse.records.update("account", made, {"address1_city": "Porto"})
    rows = list(dataverse.records.list("account", select=["name", "address1_city"]))
    assert {row["address1_city"] for row in rows} == {"Porto"}
    with pytest.raises(HttpError) as refused:
        dataverse.records.create("account", [{"name": "Fine"}, {"name": "x" * 161}])
    assert refused.value.details["service_error_code"] == "0x80044331"
    assert len(list(dataverse.records.list("account", select=["name"]))) == 250


def test_every_page_is_followed_to_the_end(dataverse: Any, control: Any):
    control("seed", {"rows": {"contacts": [{"lastname": f"L{n:04d}"} for n in range(620)]}})
    pages = list(dataverse.records.list_pages("contact", select=["lastname"], orderby=["lastname"], page_size=100))
    assert [len(list(page)) for page in pages] == [100] * 6 + [20]
    names = [row["lastname"] for page in pages for row in page]
    assert names == [f"L{n:04d}" for n in range(620)]


def test_searches_compare_as_the_database_does(dataverse: Any):
    dataverse.records.create("contact", {"lastname": "Novak", "emailaddress1": "Mia@Example.com"})
    dataverse.records.create("contact", {"lastname": "O'Brien"})
    query = dataverse.query.builder("contact").select("lastname").where(col("emailaddress1") == "mia@example.com")
    assert [row["lastname"] for row in query.execute()] == ["Novak"]
    query = dataverse.query.builder("contact").select("lastname").where(col("lastname") == "o'brien")
    assert [row["lastname"] for row in query.execute()] == ["O'Brien"]
    query = dataverse.query.builder("contact").select("lastname").where(col("lastname").like("%ova%")).top(5)
    assert [row["lastname"] for row in query.execute()] == ["Novak"]


def test_labels_become_the_numbers_of_options_and_come_back(dataverse: Any):
    made = dataverse.records.create("account", {"name": "Quay", "industrycode": "Consulting"})
    query = dataverse.query.builder("account").select("industrycode").include_formatted_values()
    (row,) = list(query.where(col("accountid") == UUID(made)).execute())
    assert row["industrycode"] == 7
    assert row["industrycode@OData.Community.Display.V1.FormattedValue"] == "Consulting"


def test_a_column_and_a_key_of_our_own_make_upserts_possible(dataverse: Any, control: Any):
    dataverse.tables.add_columns("contact", {"new_HubId": "string", "new_Score": "decimal"})
    with pytest.raises(HttpError):
        dataverse.tables.add_columns("contact", {"NoPrefix": "string"})
    dataverse.tables.create_alternate_key("contact", "new_HubKey", ["new_hubid"], display_name="Hub id")
    with pytest.raises(HttpError) as early:
        dataverse.records.upsert("contact", [{"alternate_key": {"new_hubid": "a-1"}, "record": {"lastname": "One"}}])
    assert early.value.details["service_error_code"] == "0x80060890"
    statuses = [dataverse.tables.get_alternate_keys("contact")[0].status for _ in range(3)]
    assert statuses[-1] == "Active"
    for name in ("One", "Two"):
        item = {"alternate_key": {"new_hubid": "a-1"}, "record": {"lastname": name, "new_score": 7.5}}
        dataverse.records.upsert("contact", [item])
    items = [{"alternate_key": {"new_hubid": f"b-{n}"}, "record": {"lastname": f"B{n}"}} for n in range(3)]
    dataverse.records.upsert("contact", items)
    rows = list(dataverse.records.list("contact", select=["lastname", "new_hubid", "new_score"], orderby=["new_hubid"]))
    assert [(row["new_hubid"], row["lastname"]) for row in rows] == [
        ("a-1", "Two"), ("b-0", "B0"), ("b-1", "B1"), ("b-2", "B2"),
    ]  # fmt: skip
    with pytest.raises(HttpError) as taken:
        dataverse.records.create("contact", {"lastname": "Three", "new_hubid": "A-1"})
    assert (taken.value.status_code, taken.value.details["service_error_code"]) == (412, "0x80060892")
    dataverse.tables.remove_columns("contact", "new_Score")
    assert "new_score" not in {each["LogicalName"] for each in dataverse.tables.list_columns("contact")}


def test_a_batch_goes_on_or_stops_and_a_change_set_is_all_or_none(dataverse: Any):
    batch = dataverse.batch.new()
    batch.records.create("contact", {"lastname": "One"})
    batch.records.create("contact", {"lastname": "x" * 51})
    batch.records.create("contact", {"lastname": "Three"})
    result = batch.execute(continue_on_error=True)
    assert [each.status_code for each in result.responses] == [204, 400, 204]
    assert result.responses[1].error_code == "0x80044331"
    stopped = dataverse.batch.new()
    stopped.records.create("contact", {"lastname": "x" * 51})
    stopped.records.create("contact", {"lastname": "Never"})
    assert [each.status_code for each in stopped.execute().responses] == [400]
    together = dataverse.batch.new()
    with together.changeset() as changes:
        account = changes.records.create("account", {"name": "Quay"})
        contact = {"lastname": "Linked", "parentcustomerid_account@odata.bind": account}
        changes.records.create("contact", contact)
    assert [each.status_code for each in together.execute().responses] == [204, 204]
    broken = dataverse.batch.new()
    with broken.changeset() as changes:
        changes.records.create("account", {"name": "Lost"})
        changes.records.create("account", {"name": "x" * 161})
    assert [each.status_code for each in broken.execute(continue_on_error=True).responses] == [400]
    rows = list(dataverse.records.list("contact", select=["lastname", "_parentcustomerid_value"]))
    assert {row["lastname"] for row in rows} == {"One", "Three", "Linked"}
    assert next(row for row in rows if row["lastname"] == "Linked")["_parentcustomerid_value"]
    assert [row["name"] for row in dataverse.records.list("account", select=["name"])] == ["Quay"]


def test_an_expired_token_is_fetched_anew_for_every_call(dataverse: Any, control: Any, credential: Application):
    dataverse.records.create("contact", {"lastname": "Novak"})
    control("tokens", {"action": "expire"})
    assert len(list(dataverse.records.list("contact", select=["lastname"]))) == 1
    assert set(credential.asked) == {f"{dataverse._base_url}/.default"}


def test_a_spent_limit_says_when_to_come_back(dataverse: Any, control: Any):
    dataverse.records.create("contact", {"lastname": "Novak"})
    control("settings", {"requests": 1})
    with pytest.raises(HttpError) as spent:
        dataverse.records.create("contact", {"lastname": "Late"})
    assert spent.value.status_code == 429
    assert spent.value.is_transient
    assert 0 < spent.value.details["retry_after"] <= 300


def test_what_is_not_there_is_named(dataverse: Any):
    with pytest.raises(MetadataError):
        dataverse.records.create("quay", {"name": "x"})
    with pytest.raises(HttpError) as unknown:
        dataverse.records.create("contact", {"nickname": "x"})
    assert "'nickname'" in str(unknown.value)
    with pytest.raises(HttpError) as lookup:
        dataverse.records.create("contact", {"parentcustomerid_account@odata.bind": f"/accounts({NOBODY})"})
    assert lookup.value.status_code == 404
