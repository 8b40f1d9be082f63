"""The simulated CRMs as processes: ready line, real broken connections, prompt ends, signed webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import Settings, create
from sandbox._server import SandboxServer

ROOT = Path(__file__).resolve().parents[2]
CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(lambda url: create("hubspot", Settings(base_url=url))) as running:
        yield running


@pytest.fixture
def client(server: SandboxServer) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {server.app.credentials['private_app_token']}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=5) as ready:
        yield ready


def _fault(client: httpx.Client, **fault: Any) -> None:
    body = [{"match": {"method": "POST", "path": CONTACTS}, **fault}]
    client.post("/_sandbox/faults", json=body).raise_for_status()


def _count(client: httpx.Client) -> int:
    return len(client.get("/_sandbox/state", params={"entity": "contacts"}).json()["contacts"])


def _create(client: httpx.Client) -> httpx.Response:
    return client.post(CONTACTS, json={"properties": {"email": "wire@example.com"}})


@pytest.mark.parametrize(
    ("kind", "stored"),
    [("drop_connection", 0), ("timeout_before", 0), ("timeout_after_effect", 1), ("truncated", 1)],
)
def test_a_broken_connection_is_one_on_the_wire(client: httpx.Client, kind: str, stored: int) -> None:
    _fault(client, kind=kind, delay_s=0.05)
    with pytest.raises(httpx.RemoteProtocolError):
        _create(client)
    assert _count(client) == stored


def test_a_held_call_times_out_at_the_client(client: httpx.Client) -> None:
    _fault(client, kind="timeout_after_effect", delay_s=5)
    with pytest.raises(httpx.ReadTimeout):
        client.post(CONTACTS, json={"properties": {"email": "wire@example.com"}}, timeout=0.2)
    assert _count(client) == 1


def test_stopping_ends_held_calls_and_threads(client: httpx.Client, server: SandboxServer) -> None:
    _fault(client, kind="timeout_before", delay_s=60)
    broken: list[httpx.HTTPError] = []

    def call() -> None:
        try:
            _create(client)
        except httpx.HTTPError as problem:
            broken.append(problem)

    caller = threading.Thread(target=call)
    caller.start()
    time.sleep(0.2)
    started = time.perf_counter()
    server.stop()
    caller.join(timeout=5)
    assert time.perf_counter() - started < 4
    assert not caller.is_alive()
    assert len(broken) == 1


def test_an_answer_leaves_in_one_packet(server: SandboxServer) -> None:
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=5) as raw:
        raw.sendall(b"GET /_sandbox/clock HTTP/1.1\r\nHost: x\r\n\r\n")
        first = raw.recv(65_536)
    head, _, body = first.partition(b"\r\n\r\n")
    assert b"Content-Length" in head
    assert json.loads(body)["offset_s"] == 0


def test_tls_serves_a_certificate_a_client_can_trust() -> None:
    with SandboxServer(lambda url: create("hubspot", Settings(base_url=url)), tls=True) as server:
        context = ssl.create_default_context(cafile=str(server.certificate))
        with httpx.Client(base_url=server.url, verify=context) as client:
            assert client.get("/_sandbox/clock").status_code == 200


def _start(*arguments: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "hubspot", "--port", "0", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def _end(process: subprocess.Popen[str]) -> int:
    code = process.wait(timeout=10)
    assert process.stdout is not None
    process.stdout.close()
    return code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_says_it_is_ready_and_ends_on_a_signal(number: signal.Signals) -> None:
    process, ready = _start()
    try:
        assert set(ready) == {"crm", "url", "control", "credentials"}
        assert httpx.get(f"{ready['control']}/clock").status_code == 200
    finally:
        process.send_signal(number)
    assert _end(process) == 0


def test_the_process_ends_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, text=True)
    process, _ = _start("--parent-pid", str(parent.pid))
    parent.communicate("\n", timeout=10)
    assert _end(process) == 0
    assert not Path(f"/proc/{parent.pid}").exists() or os.name != "posix"


class _Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what it receives and answers what it is told to."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server: Any = self.server
        server.received.append((dict(self.headers), body))
        self.send_response(server.statuses.pop(0) if server.statuses else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the standard library's name)
        """Stay quiet."""


@pytest.fixture
def receiver() -> Iterator[Any]:
    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    server.received, server.statuses = [], []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


def test_webhooks_arrive_signed_twice_over_the_raw_bytes(
    server: SandboxServer, client: httpx.Client, receiver: Any
) -> None:
    url = f"http://127.0.0.1:{receiver.server_address[1]}/webhooks/hubspot?a=b"
    client.post("/_sandbox/webhooks", json={"urls": [url]}).raise_for_status()
    secret = server.app.credentials["client_secret"]
    client.post("/_sandbox/clock", json={"advance_s": 86_400}).raise_for_status()
    _create(client).raise_for_status()
    headers, body = _wait(receiver, 1)[0]
    assert headers["X-HubSpot-Signature"] == hashlib.sha256(secret.encode() + body).hexdigest()
    stamp = headers["X-HubSpot-Request-Timestamp"]
    source = b"POST" + url.encode() + body + stamp.encode()
    keyed = hmac.new(secret.encode(), source, hashlib.sha256).digest()
    assert headers["X-HubSpot-Signature-v3"] == base64.b64encode(keyed).decode()
    assert abs(time.time() * 1000 - int(stamp)) < 60_000
    kinds = {event["subscriptionType"] for event in json.loads(body)}
    assert kinds == {"contact.creation", "contact.propertyChange"}


def test_a_refused_webhook_comes_again_when_the_clock_moves(client: httpx.Client, receiver: Any) -> None:
    receiver.statuses += [500, 404]
    url = f"http://127.0.0.1:{receiver.server_address[1]}/hook"
    client.post("/_sandbox/webhooks", json={"urls": [url]}).raise_for_status()
    client.get("/account-info/v3/details").raise_for_status()
    _create(client).raise_for_status()
    _wait(receiver, 1)
    for attempt in (1, 2):
        client.post("/_sandbox/clock", json={"advance_s": 3600}).raise_for_status()
        received = _wait(receiver, attempt + 1)
        assert json.loads(received[-1][1])[0]["attemptNumber"] == attempt
    counts: dict[str, int] = {}
    for _ in range(100):
        counts = client.get("/_sandbox/webhooks").json()["counts"]
        if counts["pending"] == 0 and counts["in_flight_calls"] == 0:
            break
        time.sleep(0.02)
    assert (counts["refused_attempts"], counts["given_up"]) == (2, 0)
    assert counts["delivered"] == counts["published"]


def _wait(receiver: Any, count: int) -> list[tuple[dict[str, str], bytes]]:
    end = time.perf_counter() + 10
    while len(receiver.received) < count and time.perf_counter() < end:
        time.sleep(0.01)
    assert len(receiver.received) >= count
    return receiver.received
