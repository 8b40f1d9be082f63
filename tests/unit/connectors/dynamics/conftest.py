from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from crmbridge.connectors import part
from crmbridge.connectors._http import ClientContext
from crmbridge.domain.custom_fields import CustomField
from crmbridge.ports import WriteOp
from sandbox import SandboxApp, Settings, create
from sandbox._webhook_post import Outgoing, Reply

FIXTURES = Path(__file__).resolve().parents[3] / "contract/fixtures/dynamics"
SHARED = Path(__file__).resolve().parents[5] / "shared/data/vendors/dataverse/samples"
BASE_URL = "http://sandbox.test"
ENTITIES = ("company", "contact", "lead", "deal", "activity")


def fixture_names(folder: str) -> list[str]:
    return sorted(path.stem for path in (FIXTURES / folder).glob("*.json"))


def fixture_json(folder: str, name: str) -> Any:
    return json.loads((FIXTURES / folder / f"{name}.json").read_text(encoding="utf-8"))


class Organization:
    """A simulated organization with a client of the connector, and a person's hands."""

    def __init__(self) -> None:
        self.posts: list[Outgoing] = []
        self.app: SandboxApp = create("dynamics", Settings(base_url=BASE_URL, background=False, post=self._post))
        self.http = httpx.Client(transport=httpx.WSGITransport(app=self.app), base_url=BASE_URL)
        self.token = self.renew("")
        self.count = 0

    def _post(self, call: Outgoing, timeout_s: float) -> Reply:
        self.posts.append(call)
        return Reply(status=200, body=b"")

    def bearer(self) -> str:
        return self.token

    def renew(self, stale: str) -> str:
        secrets = self.app.credentials
        form = {"grant_type": "client_credentials", "scope": f"https://{secrets['domain']}/.default"}
        form |= {name: secrets[name] for name in ("client_id", "client_secret")}
        self.token = self.http.post("/organizations/oauth2/v2.0/token", data=form).json()["access_token"]
        return self.token

    def connect(self, deal: str, contact: str) -> None:
        """Connect a contact to a deal, as a person does."""
        fields = {
            "record1id_opportunity@odata.bind": f"/opportunities({deal})",
            "record2id_contact@odata.bind": f"/contacts({contact})",
        }
        self.act({"action": "create", "table": "connection", "fields": fields})

    def rows(self, set_name: str) -> list[dict[str, Any]]:
        return self.control("GET", f"/state?entity={set_name}")[set_name]

    def client(self, *custom: CustomField, sleep: Callable[[float], None] = lambda _: None, **settings: Any) -> Any:
        """Return a client whose columns are provisioned."""
        context = ClientContext(
            http=self.http, base_url=BASE_URL, tokens=self, settings=settings, custom_fields=custom, sleep=sleep
        )
        made = part("dynamics", "client").build(context)
        for entity in ENTITIES:
            made.provision(entity, custom)
        return made

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, f"/_sandbox{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def act(self, *actions: dict[str, Any]) -> list[str]:
        return self.control("POST", "/seed", {"actions": list(actions)})["actions"]

    def row(self, set_name: str, row_id: str) -> dict[str, Any]:
        return self.control("GET", f"/state?entity={set_name}&id={row_id}")[set_name][0]

    def calls(self, method: str = "") -> list[str]:
        """Return what was called since the last look, as ``METHOD path``."""
        said = self.control("GET", "/calls")["calls"]
        self.control("DELETE", "/calls")
        return [f"{each['method']} {each['path']}" for each in said if method in ("", each["method"])]

    def new(self, entity: str, refs: dict[str, Any] | None = None, **fields: Any) -> WriteOp:
        self.count += 1
        return WriteOp("upsert", f"{entity[:3]}_01JD{self.count:022d}", fields=fields, refs=refs or {})


@pytest.fixture
def org() -> Iterator[Organization]:
    made = Organization()
    yield made
    made.http.close()
    made.app.stop()
