"""The deployed slice in one process: real handlers, real connectors, strict simulated CRMs, memory adapters."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

import sandbox
from crmbridge import runtime
from crmbridge.adapters.memory.archive import MemoryArchive
from crmbridge.adapters.memory.bus import MemoryBus, MemoryNotifier
from crmbridge.adapters.memory.cipher import MemoryCipher
from crmbridge.adapters.memory.dead_letters import MemoryDeadLetters
from crmbridge.adapters.memory.documents import MemoryDocuments
from crmbridge.adapters.memory.queues import MemoryQueues
from crmbridge.adapters.memory.records import MemoryRecords
from crmbridge.adapters.memory.secrets import MemoryAppSecrets
from crmbridge.domain.records import Record
from crmbridge.domain.tokens import AppSecret
from crmbridge.runtime import _sources, announcing, api, archiving, dead_letters, doors, readings, webhooks, workers
from crmbridge.runtime._directory import Directory
from crmbridge.services.announce_records import RecordAnnouncer
from crmbridge.services.fan_out_changes import StreamChange, fan_out_changes
from crmbridge.services.hub import Hub
from crmbridge.settings import Settings
from sandbox._webhook_post import Outgoing, Reply
from tests.canaries import CANARIES, listening
from tests.functional.described_events import described
from tests.functional.description import assert_described

ROOT = Path(__file__).parents[2]
PUBLIC = "bridge.test"
FOLDERS = {"changes": "apply_changes", "sync": "run_sync_batch", "push": "push_changes", "wake": "plan_sync"}


class Context:
    """What Lambda tells a handler; time never runs short."""

    function_name = "rehearsal"
    function_version = "1"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:rehearsal"
    aws_request_id = "11111111-2222-3333-4444-555555555555"

    def __init__(self, pages: int = 10_000) -> None:
        self._left = pages * 2

    def get_remaining_time_in_millis(self) -> int:
        self._left -= 1
        return max(self._left, 0)


def load_handler(folder: str) -> Callable[[dict[str, Any], Any], Any]:
    """Import a function's ``app.py`` as Lambda does: its folder first on the path, modules of its own."""
    path = ROOT / "functions" / folder
    siblings = [each.stem for each in path.glob("*.py")]
    sys.path.insert(0, str(path))
    try:
        spec = importlib.util.spec_from_file_location(f"functions_{folder}", path / "app.py")
        assert spec is not None
        assert spec.loader is not None
        module: ModuleType = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.handler
    finally:
        sys.path.remove(str(path))
        for name in siblings:
            sys.modules.pop(name, None)


def app_secret(credentials: dict[str, Any]) -> AppSecret:
    """Return an application's secret; where the CRM knows its certificate, its user belongs to the workspace acme."""
    signs: dict[str, Any] = {}
    if "certificate" in credentials:
        signs = {"private_key": credentials["private_key"], "users": {"acme": (credentials["username"],)}}
    return AppSecret(credentials["client_id"], credentials["client_secret"], **signs)


class Mux(httpx.BaseTransport):
    """Leads each simulated CRM's host to its WSGI app."""

    def __init__(self, apps: dict[str, Any]) -> None:
        self._apps = {f"{crm}.test": httpx.WSGITransport(app=app) for crm, app in apps.items()}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._apps[request.url.host].handle_request(request)


class Rehearsal:
    """Two or more simulated CRMs and the functions between them, stepped by hand."""

    def __init__(self, monkeypatch: Any, crms: tuple[str, ...] = ("hubspot", "salesforce")) -> None:
        self._skew = timedelta()
        self.apps = {
            crm: sandbox.create(
                crm,
                sandbox.Settings(base_url=f"http://{crm}.test", background=False, real=self.now, post=self._post),
            )
            for crm in crms
        }
        self.http = {
            crm: httpx.Client(transport=httpx.WSGITransport(app=app), base_url=f"http://{crm}.test")
            for crm, app in self.apps.items()
        }
        self.queues = MemoryQueues(now=self.now)
        self.stream: list[StreamChange] = []
        self.records = MemoryRecords(on_change=self._streamed)
        self.documents = MemoryDocuments(now=self.now)
        directory = Directory(
            base_urls={crm: f"http://{crm}.test" for crm in crms}, now=self.now, transport=Mux(self.apps)
        )
        self.credentials = {crm: self.apps[crm].crm.credentials() for crm in crms}
        self.hub = Hub(
            records=self.records,
            documents=self.documents,
            queues=self.queues,
            connectors=directory,
            secrets=MemoryAppSecrets({crm: app_secret(each) for crm, each in self.credentials.items()}),
            cipher=MemoryCipher(),
            now=self.now,
            new_id=_sources.new_id,
            sleep=self.advance,
        )
        directory.hub = self.hub
        self._stand_in(monkeypatch)
        self.crm_of_door = "hubspot"
        for module in (api, doors, readings, webhooks, workers):
            monkeypatch.setattr(module, "hub", lambda: self.hub)
        monkeypatch.setattr(doors, "settings", lambda: Settings({"CRM": self.crm_of_door}))
        monkeypatch.setattr(doors, "reception", lambda: self.hub)
        monkeypatch.setattr(runtime, "hub", lambda: self.hub)
        self.handlers = {
            path.name: listening(load_handler(path.name)) for path in (ROOT / "functions").iterdir() if path.is_dir()
        }
        self.webhook_urls: dict[str, str] = {}
        self.answers: list[tuple[str, int]] = []
        self.headers: dict[str, str] = {}

    def _stand_in(self, monkeypatch: Any) -> None:
        """Put memory in the place of what only some functions use."""
        self.bus, self.notifier = MemoryBus(takes=described), MemoryNotifier()
        self.announcer = RecordAnnouncer(self.hub, self.bus)
        monkeypatch.setattr(announcing, "bus", lambda: self.bus)
        monkeypatch.setattr(announcing, "notifier", lambda: self.notifier)
        monkeypatch.setattr(announcing, "_announcer", lambda: self.announcer)
        self.archive, self.letters = MemoryArchive(), MemoryDeadLetters(tuple(FOLDERS), sent_back=lambda *_: None)
        monkeypatch.setattr(archiving, "archive_port", lambda: self.archive)
        monkeypatch.setattr(dead_letters, "letters", lambda: self.letters)

    # ---------------------------------------------------------------- clock

    def now(self) -> datetime:
        return datetime.now(UTC) + self._skew

    def advance(self, seconds: float) -> None:
        self._skew += timedelta(seconds=seconds)

    # ---------------------------------------------------------------- HTTP

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        folder: str = "",
        claims: dict[str, str] | None = None,
        **event: Any,
    ) -> tuple[int, dict[str, Any]]:
        """Call a route of the API as API Gateway would; returns status and JSON, as the description says they are."""
        folder = folder or ("connect_crm" if path.startswith("/auth/") else "crm_api")
        made = self.event(method, path, body, **event)
        claims = {"workspace": "acme", "role": "admin"} if claims is None else claims
        made["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
        answer = self.handlers[folder](made, Context())
        self.headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
        said = json.loads(answer.get("body") or "{}")
        assert_described(method, path, answer["statusCode"], said)
        return answer["statusCode"], said

    def event(self, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
        """Return an HTTP API event, payload format 2.0."""
        parts = urlsplit(path)
        context = {"http": {"method": method, "path": parts.path, "sourceIp": "203.0.113.9"}, "domainName": PUBLIC}
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        made: dict[str, Any] = {
            "version": "2.0",
            "routeKey": f"{method} {parts.path}",
            "rawPath": parts.path,
            "rawQueryString": parts.query,
            "headers": {"host": PUBLIC, "x-forwarded-proto": "https", "content-type": "application/json"},
            "requestContext": {**context, "stage": "$default", "requestId": "r", "accountId": "1", "apiId": "a"},
            "queryStringParameters": query or None,
            "pathParameters": None,
            "isBase64Encoded": False,
        }
        if body is not None:
            made["body"] = body if isinstance(body, str) else json.dumps(body)
        return {**made, **more}

    # ---------------------------------------------------------------- connecting

    def connect(self, crm: str, **body: Any) -> str:
        """Connect a CRM through its consent page; returns the integration's id."""
        status, made = self.call("POST", "/api/crm/integrations", {"provider": crm, "name": crm, **body})
        assert status == 201, made
        status, begun = self.call("POST", f"/auth/{crm}/login", {"integrationId": made["id"]})
        assert status == 200, begun
        page = self.finish(crm, self.consent(crm, begun["url"]))
        assert page["statusCode"] == 200, page
        code = re.search(r'<code id="code">([^<]+)</code>', page["body"])
        assert code is not None
        status, shown = self.call("POST", f"/auth/{crm}/complete", {"integrationId": made["id"], "code": code[1]})
        assert status == 200, shown
        assert shown["status"] == "active"
        self.webhook_urls[crm] = shown["webhookUrl"]
        if not self.hub.connectors.declaration(crm).supports.subscribes:  # what a person does by hand
            self.control(crm, "webhooks", {"urls": [shown["webhookUrl"]]})
        return made["id"]

    def consent(self, crm: str, url: str) -> str:
        """Open the consent page, press its first button, and return where the CRM sends the browser."""
        page = self.http[crm].get(url)
        assert page.status_code == 200, page.text
        action = re.search(r'action="([^"]+)"', page.text)
        assert action is not None
        inputs = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
        import html

        form = {html.unescape(name): html.unescape(value) for name, value in inputs}
        answer = self.http[crm].post(html.unescape(action[1]), data={**form, "decision": "grant"})
        assert answer.status_code in (302, 303), answer.text
        return answer.headers["location"]

    def finish(self, crm: str, location: str) -> dict[str, Any]:
        """Follow the redirect to our callback."""
        query = urlsplit(location).query
        made = self.event("GET", f"/auth/{crm}/callback?{query}", pathParameters={"crm": crm})
        return self.handlers["finish_oauth"](made, Context())

    # ---------------------------------------------------------------- the CRMs

    def control(self, crm: str, what: str, body: Any = None) -> Any:
        """Use a simulated CRM's control surface."""
        path = f"/_sandbox/{what}"
        CANARIES.plant_people(json.dumps(body, ensure_ascii=False))
        answer = self.http[crm].get(path) if body is None else self.http[crm].post(path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def flush(self) -> None:
        """Let the CRMs send the webhooks they have waiting."""
        for app in self.apps.values():
            app.crm.deliveries.flush()

    def _post(self, call: Outgoing, timeout_s: float) -> Reply:
        crm = urlsplit(call.url).path.split("/")[2]
        self.crm_of_door = crm
        headers = {name.lower(): value for name, value in call.headers.items()}
        headers.update({"host": PUBLIC, "x-forwarded-proto": "https"})
        path = urlsplit(call.url).path
        secret = path.split("/")[3] if path.count("/") > 2 else None
        made = self.event(
            "POST", path, call.body.decode(), headers=headers, pathParameters={"secret": secret} if secret else None
        )
        answer = self.handlers["receive_webhook"](made, Context())
        self.answers.append((crm, answer["statusCode"]))
        return Reply(status=answer["statusCode"], body=answer["body"].encode())

    # ---------------------------------------------------------------- the workers

    def _streamed(self, before: Record | None, after: Record) -> None:
        self.stream.append(StreamChange(f"evt{len(self.stream)}-{after.record_id}-{after.rev}", before, after))

    def plan(self) -> None:
        """Let the schedule fire."""
        self.handlers["plan_sync"]({"source": "aws.scheduler"}, Context())

    def announce(self) -> None:
        """Let the schedule of announcements fire."""
        self.handlers["announce"]({"source": "aws.scheduler"}, Context())

    def settle(self, rounds: int = 2000) -> None:
        """Deliver webhooks, stream and queues until nothing is left."""
        for _ in range(rounds):
            self.flush()
            if self.stream:
                batch, self.stream = self.stream[:100], self.stream[100:]
                fan_out_changes(self.hub, batch)
                self.announcer.announce(batch)
                continue
            if not self._deliver():
                waiting = [each.visible_at for each in self.queues.messages]
                if not waiting:
                    return
                self.advance(max(0.0, (min(waiting) - self.now()).total_seconds()) + 0.001)
        raise AssertionError(f"not quiet: {self.queues.messages[:5]}")

    def _deliver(self) -> bool:
        for queue, folder in FOLDERS.items():
            messages = self.queues.pending(queue)[:10]  # type: ignore[arg-type] - names of queues
            if not messages:
                continue
            records = [
                {"messageId": str(each.message_id), "body": json.dumps(asdict(each.content))} for each in messages
            ]
            answer = self.handlers[folder]({"Records": records}, Context())
            failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
            for each in messages:
                if str(each.message_id) not in failed:
                    self.queues.acknowledge(each)
            if failed:
                self.advance(5.0)
            return True
        return False

    def sync(self, wait_s: float = 1000.0) -> None:
        """Let time pass, the schedule fire, and everything settle."""
        self.advance(wait_s)
        self.plan()
        self.settle()
