"""One CRM for the contract suite: connector, sandbox, and a desk to write records from."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import httpx

from crmbridge import connectors
from crmbridge.connectors._http import ClientContext
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.declaration import Connector
from crmbridge.domain.records import Entity
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.ports import AuthFlow, CrmClient, RowResult, WebhookDoor, WriteKind, WriteOp
from sandbox import SandboxApp, Settings, create
from sandbox._webhook_post import Outgoing, Reply

FIXTURES = Path(__file__).parent / "fixtures"
BASE_URL = "http://sandbox.test"
REDIRECT = "http://127.0.0.1/auth/callback"
VERIFIER = "a-verifier-that-is-long-enough-for-every-vendor-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")

_INPUT = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
_ACTION = re.compile(r'<form method="post" action="([^"]*)">')


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Tokens:
    """A token source over a real grant; counts its renewals."""

    world: World
    grant: Grant
    renewals: int = 0

    def bearer(self) -> str:
        return self.grant.access_token

    def renew(self, stale: str) -> str:
        self.renewals += 1
        self.grant = self.world.flow.refresh(self.world.secret, self.grant, environment="production", now=now())
        return self.grant.access_token


@dataclass
class World:
    """One CRM: its connector, its sandbox, and what the suite has to know of it."""

    crm: str
    app: SandboxApp
    http: httpx.Client
    suite: dict[str, Any]
    posts: list[Outgoing]
    told: dict[str, str] = field(default_factory=dict[str, str])
    base_url: str = BASE_URL

    @property
    def declared(self) -> Connector:
        return connectors.declaration(self.crm)

    @property
    def flow(self) -> AuthFlow:
        return cast("AuthFlow", connectors.part(self.crm, "auth").build(self.http, self.base_url))

    @property
    def door(self) -> WebhookDoor:
        return cast("WebhookDoor", connectors.part(self.crm, "webhooks").DOOR)

    @property
    def secret(self) -> AppSecret:
        return AppSecret(self.app.credentials["client_id"], self.app.credentials["client_secret"])

    def control(self, method: str, path: str, body: object = None) -> Any:
        response = self.http.request(method, f"{self.base_url}/_sandbox{path}", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def settle(self) -> None:
        """Let indexes catch up and late commits be seen."""
        self.control("POST", "/clock", {"advance_s": self.suite["settle_s"]})

    def pause(self, seconds: float) -> None:
        """Let time pass at the vendor's, and none here."""
        self.control("POST", "/clock", {"advance_s": seconds})

    def person(self, verb: str, entity: Entity, external_id: str, *, other: str = "", text: str = "") -> None:
        """Act as a person in the vendor's screens."""
        template = json.dumps(self.suite["person"][verb][entity])
        number = external_id.rpartition(":")[2]
        for name, value in (("$id", external_id), ("$number", number), ("$other", other), ("$text", text)):
            template = template.replace(name, value)
        self.control("POST", "/seed", json.loads(template))

    def consent(self, **changes: str) -> httpx.Response:
        """Go to the consent page as a browser does and agree; returns the way back to us."""
        url = self.flow.authorize_url(
            self.secret,
            environment="production",
            redirect_uri=REDIRECT,
            state="s-1",
            challenge=CHALLENGE,
            domain=self.domain,
        )
        page = self.http.get(url)
        assert page.status_code == 200, page.text
        fields = {html.unescape(name): html.unescape(value) for name, value in _INPUT.findall(page.text)}
        action = _ACTION.search(page.text)
        assert action is not None
        target = httpx.URL(self.base_url).join(html.unescape(action.group(1)))
        return self.http.post(target, data={**fields, "decision": "grant", **changes})

    def code(self) -> str:
        way_back = self.consent()
        query = parse_qs(urlsplit(way_back.headers["location"]).query)
        assert query["state"] == ["s-1"]
        self.told = {name: values[0] for name, values in query.items()}
        return query["code"][0]

    def grant(self) -> Grant:
        return self.flow.exchange(
            self.secret,
            environment="production",
            code=self.code(),
            redirect_uri=REDIRECT,
            verifier=VERIFIER,
            now=now(),
            domain=self.domain,
            told=self.told,
        )

    def static_grant(self) -> Grant:
        token = self.app.credentials[self.suite["static_token"]]
        return self.flow.adopt(token, environment="production", base_url=self.base_url, now=now(), domain=self.domain)

    @property
    def domain(self) -> str:
        """The account's own domain or data centre, where the vendor wants one."""
        return self.suite.get("domain", "")

    @property
    def can_delete(self) -> bool:
        """Whether the vendor's API can delete; one that cannot says so under "deletes" in ``not_built``."""
        return "deletes" not in self.declared.supports.not_built

    @property
    def has_oauth(self) -> bool:
        return "oauth" in self.declared.supports.auth

    def tokens(self) -> Tokens:
        return Tokens(self, self.grant() if self.has_oauth else self.static_grant())

    def client(self, tokens: Tokens | None = None, custom_fields: tuple[CustomField, ...] = ()) -> CrmClient:
        context = ClientContext(
            http=self.http,
            base_url=self.base_url,
            tokens=tokens or self.tokens(),
            custom_fields=custom_fields,
            sleep=self.pause,
        )
        return cast("CrmClient", connectors.part(self.crm, "client").build(context))

    def tells_deletion(self, entity: Entity) -> bool:
        """Tell whether the vendor gives evidence of an entity's deletions; all do unless their suite says otherwise."""
        told = self.suite.get("tells_deletions", self.declared.supports.entities)
        return self.declared.supports.reports_deletions and entity in told

    def reading_tells_deletion(self, entity: Entity) -> bool:
        """Tell whether reading an id gives that evidence; where it does not, only the listing of deletions does."""
        return self.tells_deletion(entity) and not self.suite.get("reading_tells_no_deletion", False)

    def holds(self, entity: Entity, *names: str) -> bool:
        return set(names) <= set(self.declared.supports.fields.get(entity, ()))


def new_world(crm: str) -> World:
    posts: list[Outgoing] = []

    def post(call: Outgoing, timeout_s: float) -> Reply:
        posts.append(call)
        door = cast("WebhookDoor", connectors.part(crm, "webhooks").DOOR)
        return Reply(status=200, body=door.answer().body.encode())

    app = create(crm, Settings(base_url=BASE_URL, background=False, post=post))
    http = httpx.Client(transport=httpx.WSGITransport(app=app))
    suite = json.loads((FIXTURES / crm / "suite.json").read_text(encoding="utf-8"))
    return World(crm, app, http, suite, posts)


SAMPLES: dict[str, dict[str, Any]] = {
    "company": {
        "name": "Vale Verde Energia",
        "domain": "valeverde.example.com",
        "phone": "+551130001234",
        "street": "Rua das Flores 12\n2º andar",
        "city": "São Paulo",
        "state": "SP",
        "postal_code": "01310-100",
        "country": "Brazil",
        "employees": 120,
        "annual_revenue": "1250000.5",
        "description": "Solar parks\nand storage ☀️",
    },
    "contact": {
        "email": "ana.prado@example.com",
        "first_name": "Ana",
        "last_name": "Prado",
        "phone": "+5511987654321",
        "mobile_phone": "+5511912345678",
        "job_title": "Head of Purchasing",
        "street": "Rua das Flores 12",
        "city": "São Paulo",
        "state": "SP",
        "postal_code": "01310-100",
        "country": "Brazil",
        "description": "Prefers calls before noon",
    },
    "lead": {
        "email": "bo.lund@example.com",
        "first_name": "Bo",
        "last_name": "Lund",
        "company_name": "Lund Marine",
        "job_title": "Owner",
        "phone": "+4531234567",
        "city": "Aarhus",
        "country": "Denmark",
        "lead_status": "new",
    },
    "deal": {
        "title": "Storage, first phase",
        "amount": "48000.75",
        "stage": "presentation",
        "close_on": "2027-03-31",
        "description": "Two of four sites",
    },
    "activity": {
        "kind": "task",
        "subject": "Send the second offer",
        "description": "With storage\nand without",
        "due_at": "2027-03-30T15:00:00Z",
        "status": "open",
    },
}
"""Canonical values of one invented record per entity; a connector is asked for those it declares."""


@dataclass
class Desk:
    """Writes records through a client, one batch after another, and keeps ids apart."""

    world: World
    client: CrmClient
    count: int = 0
    parents: dict[Entity, str] = field(default_factory=dict[Entity, str])

    @property
    def create_kind(self) -> WriteKind:
        return "upsert" if self.world.declared.supports.creates_by_upsert else "create"

    def sample(self, entity: Entity, number: int = 0, **changes: Any) -> dict[str, Any]:
        """Return what this CRM makes of an entity's sample, unique by number."""
        fields = {**SAMPLES[entity], **changes}
        if number:
            fields |= {name: f"n{number}.{fields[name]}" for name in ("email", "domain") if name in fields}
        if number and "mobile_phone" in self.world.suite.get("also_unique", ()) and "mobile_phone" in fields:
            fields["mobile_phone"] = f"+55119{number:08d}"
        held = {name: value for name, value in fields.items() if self.world.holds(entity, name)}
        return self.client.project(entity, held)

    def op_id(self, entity: Entity) -> str:
        self.count += 1
        return f"{entity[:3]}_{self.count:026d}"

    def needed(self, entity: Entity) -> dict[str, tuple[str, ...]]:
        """Return the references without which this CRM makes no such record (suite.json, "needs")."""
        refs: dict[str, tuple[str, ...]] = {}
        for name, parent in self.world.suite.get("needs", {}).get(entity, {}).items():
            if parent not in self.parents:
                self.parents[parent] = self.one(
                    parent, **({"domain": "parent.example.com"} if parent == "company" else {})
                )
            refs[name] = (self.parents[parent],)
        return refs

    def new(self, entity: Entity, fields: dict[str, Any]) -> WriteOp:
        """Return the row that creates a record."""
        return WriteOp(self.create_kind, self.op_id(entity), fields=fields, refs=self.needed(entity))

    def create(self, entity: Entity, *rows: dict[str, Any], refs: dict[str, Any] | None = None) -> list[RowResult]:
        """Create records; every one must succeed."""
        given = self.needed(entity) if refs is None else refs
        ops = [WriteOp(self.create_kind, self.op_id(entity), fields=row, refs=given) for row in rows]
        results: list[RowResult] = []
        size = self.world.declared.limits.write_batch
        for start in range(0, len(ops), size):
            results += self.client.write(entity, ops[start : start + size])
        assert [each.error for each in results if each.error is not None] == []
        assert [each.op_id for each in results] == [op.op_id for op in ops]
        return results

    def one(self, entity: Entity, **changes: Any) -> str:
        """Create one record and return the CRM's id."""
        return self.create(entity, self.sample(entity, **changes))[0].external_id
