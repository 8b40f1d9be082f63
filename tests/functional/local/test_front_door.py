"""The front door passes requests byte by byte, and says so when nobody is behind it."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local.front_door import FrontDoor


class Emulator(BaseHTTPRequestHandler):
    """Answers what it was asked."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format, *arguments):  # noqa: A002 (the base class calls it so)
        """Say nothing."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        seen = {"path": self.path, "headers": dict(self.headers.items()), "body": body.hex()}
        answer = json.dumps(seen).encode()
        self.send_response(201)
        self.send_header("content-type", "application/json")
        self.send_header("x-from", "function")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_HEAD = do_POST  # noqa: N815 (likewise)


@pytest.fixture
def behind():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Emulator)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def door(behind):
    front_door = FrontDoor(gateway_port=behind)
    front_door.open(api_id="a1b2")
    yield front_door
    front_door.close()


def call(door, method, target, body=None, headers=None):
    connection = http.client.HTTPConnection(door.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, target, body=body, headers=headers or {})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def test_path_and_query_are_passed_without_being_decoded(door):
    _, _, answer = call(door, "GET", "/webhooks/salesforce/a%2Fb%20c?x=%7B%7D&x=2")
    seen = json.loads(answer)
    assert seen["path"] == "/_aws/execute-api/a1b2/$default/webhooks/salesforce/a%2Fb%20c?x=%7B%7D&x=2"


def test_a_body_is_passed_byte_by_byte(door):
    body = bytes(range(256)) * 40
    status, headers, answer = call(door, "POST", "/webhooks/hubspot", body, {"content-type": "application/json"})
    assert status == 201
    assert headers["x-from"] == "function"
    assert bytes.fromhex(json.loads(answer)["body"]) == body


def test_the_public_address_can_be_read_from_the_request(door):
    _, _, answer = call(door, "POST", "/x", b"{}", {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.test"})
    headers = {name.lower(): value for name, value in json.loads(answer)["headers"].items()}
    assert f"{headers['x-forwarded-proto']}://{headers['host']}" == door.url


def test_a_head_request_has_no_body(door):
    status, headers, answer = call(door, "HEAD", "/health/crm")
    assert (status, answer) == (201, b"")
    assert "x-from" in headers


def test_a_dead_emulator_is_a_bad_gateway():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        unused = probe.getsockname()[1]
    front_door = FrontDoor(gateway_port=unused)
    front_door.open(api_id="a1b2")
    try:
        status, _, answer = call(front_door, "GET", "/health/crm")
    finally:
        front_door.close()
    assert status == 502
    assert b"does not answer" in answer


def test_a_body_beyond_the_limit_of_api_gateway_is_refused(door):
    connection = http.client.HTTPConnection(door.url.removeprefix("http://"), timeout=10)
    connection.putrequest("POST", "/x")
    connection.putheader("content-length", str(10 * 1024 * 1024 + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_closing_twice_frees_the_port_once(behind):
    front_door = FrontDoor(gateway_port=behind)
    front_door.open(api_id="a")
    front_door.close()
    front_door.close()
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", int(front_door.url.rpartition(":")[2])))
