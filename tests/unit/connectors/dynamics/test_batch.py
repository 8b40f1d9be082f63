from __future__ import annotations

import pytest

from crmbridge.connectors.dynamics.client._batch import Reply, Request, written
from crmbridge.connectors.dynamics.client._batch_reading import read
from tests.unit.connectors.dynamics.conftest import SHARED

MIXED = "multipart/mixed; boundary=b1"


def one(status: str, body: str = "", end: str = "\r\n") -> str:
    head = f"Content-Type: application/http{end}Content-Transfer-Encoding: binary{end}{end}"
    return f"{head}HTTP/1.1 {status}{end}OData-Version: 4.0{end}{end}{body}{end}"


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_parts_are_read_in_order_whatever_ends_their_lines(end):
    parts = one("204 No Content", end=end), one("400 Bad", '{"error": {}}', end)
    text = "".join(f"--b1{end}{part}" for part in parts) + f"--b1--{end}"
    assert [each.status for each in read(MIXED, text.encode()) if isinstance(each, Reply)] == [204, 400]


def test_a_boundary_within_a_value_is_no_boundary():
    part = one("200 OK", '{"name": "--b1 and --b1--"}')
    text = f"--b1\r\n{part}--b1--"
    (reply,) = read(MIXED, text.encode())
    assert isinstance(reply, Reply)
    assert reply.body == {"name": "--b1 and --b1--"}


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        ("application/json", "{}"),
        (MIXED, "--b1\r\n" + one("204 No Content")),
        (MIXED, "--b1\r\nContent-Type: application/http\r\n\r\nnothing\r\n--b1--"),
        (MIXED, "--b1\r\n" + one("200 OK", '{"half": ') + "--b1--"),
    ],
    ids=["no parts", "no end", "no answer", "half a body"],
)
def test_what_is_no_batch_is_an_error(content_type, text):
    with pytest.raises(ValueError, match=r"part|boundary|Expecting"):
        read(content_type, text.encode())


def test_a_change_set_stands_together_and_numbers_its_requests():
    two = (Request(method="PATCH", path="/a", body={"x": "ü"}), Request(method="POST", path="/b", body={}))
    text = written([two, Request(method="GET", path="/c")]).decode()
    assert text.count("Content-ID: ") == 2
    assert "Content-ID: 2\r\n\r\nPOST /b HTTP/1.1" in text
    assert "\n" not in text.replace("\r\n", "")
    assert text.endswith("--batch_crmbridge--\r\n")


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("batch-response-200-body.txt", [204, 204, 204, 200]),
        ("batch-response-400-stop-on-first-error-body.txt", [400]),
        ("batch-changeset-response-200-body.txt", [(204, 204, 204)]),
        ("batch-changeset-rollback-body.txt", [(409,)]),
    ],
)
def test_the_vendors_own_samples_are_understood(name, statuses):
    path = SHARED / name
    if not path.is_file():
        pytest.skip("the vendor's samples do not lie beside this repository")
    body = path.read_bytes()
    boundary = body.partition(b"\r\n")[0].removeprefix(b"--").decode()
    replies = read(f"multipart/mixed; boundary={boundary}", body)
    assert [
        each.status if isinstance(each, Reply) else tuple(inner.status for inner in each) for each in replies
    ] == statuses
