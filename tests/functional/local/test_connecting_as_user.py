"""How the local platform connects Salesforce as a user: the secret it stores, and the calls it makes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from crmbridge.adapters.aws.secrets import SecretsManagerAppSecrets
from crmbridge.adapters.memory.secrets import MemoryAppSecrets
from crmbridge.services.hub import load_integration
from crmbridge.services.token_broker import load_grant
from local import connect as connecting
from local.cloud import STACK, Cloud
from local.connect import Api, connect
from local.errors import LocalError
from local.sign_in import WORKSPACE
from local.simulated import SimulatedCrm, store_credentials
from tests.functional.rehearsal import Rehearsal

CLAIMS = {"workspace": WORKSPACE, "role": "admin"}


class Vault:
    """Secrets Manager, as far as the platform writes and the functions read."""

    exceptions = SimpleNamespace(ResourceNotFoundException=KeyError)

    def __init__(self) -> None:
        self.held: dict[str, str] = {}

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> None:  # noqa: N803 - names of boto3
        self.held[SecretId] = SecretString

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 - names of boto3
        return {"SecretString": self.held[SecretId]}


class Rehearsed:
    """The deployed API, called by the local person."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._rehearsal = rehearsal
        self.paths: list[str] = []

    def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        self.paths.append(path)
        status, answer = self._rehearsal.call(method, path, body, claims=CLAIMS)
        if status >= 400:
            raise LocalError(f"{status}: {answer}")
        return answer


@pytest.fixture
def simulated(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> dict[str, SimulatedCrm]:
    def post(url: str, **request: Any) -> httpx.Response:
        request.pop("trust_env")
        crm = httpx.URL(url).host.partition(".")[0]
        return rehearsal.http[crm].post(url, **request)

    monkeypatch.setattr(connecting.httpx, "post", post)
    return {
        crm: SimulatedCrm(
            crm=crm, url=f"http://{crm}.test", control=f"http://{crm}.test/_sandbox", credentials=credentials
        )
        for crm, credentials in rehearsal.credentials.items()
    }


def _stored(simulated: dict[str, SimulatedCrm], crm: str) -> Vault:
    vault = Vault()
    store_credentials(cast("Cloud", SimpleNamespace(secrets=vault)), simulated[crm])
    return vault


def test_the_secret_lets_the_local_workspace_be_signed_for_and_nobody_else(simulated: dict[str, SimulatedCrm]):
    vault = _stored(simulated, "salesforce")
    read = SecretsManagerAppSecrets(cast("Any", vault), prefix=STACK, now=lambda: datetime.now(UTC)).get("salesforce")
    username = simulated["salesforce"].credentials["username"]
    assert read.may_assert(WORKSPACE, username)
    assert not read.may_assert("another", username)
    assert set(json.loads(_stored(simulated, "hubspot").held[f"{STACK}/apps/hubspot"])) == {
        "client_id",
        "client_secret",
    }


def test_salesforce_is_connected_without_a_page_and_reads(rehearsal: Rehearsal, simulated: dict[str, SimulatedCrm]):
    vault = _stored(simulated, "salesforce")
    read = SecretsManagerAppSecrets(cast("Any", vault), prefix=STACK, now=lambda: datetime.now(UTC)).get("salesforce")
    object.__setattr__(rehearsal.hub, "secrets", MemoryAppSecrets({"salesforce": read}))
    rehearsal.control("salesforce", "seed", {"records": {"Contact": [{"LastName": "Prado", "Email": "a@example.com"}]}})
    api = Rehearsed(rehearsal)
    integration_id = connect(cast("Api", api), simulated["salesforce"], as_user=True)
    assert api.paths == ["/api/crm/integrations", "/auth/salesforce/login"]
    grant, _ = load_grant(rehearsal.hub, load_integration(rehearsal.hub, WORKSPACE, integration_id))
    assert (grant.refresh_token, grant.username) == ("", simulated["salesforce"].credentials["username"])
    rehearsal.sync()
    found = rehearsal.records.list_records(WORKSPACE, "contact", cursor=None, limit=10).items
    assert [each.fields["email"] for each in found] == ["a@example.com"]
    hooks = rehearsal.control("salesforce", "outbound")["definitions"]
    assert hooks, "nobody pointed outbound messages at the platform"


def test_a_crm_without_a_certificate_of_ours_says_so(rehearsal: Rehearsal, simulated: dict[str, SimulatedCrm]):
    with pytest.raises(LocalError, match="nobody can be signed for"):
        connect(cast("Api", Rehearsed(rehearsal)), simulated["hubspot"], as_user=True)
