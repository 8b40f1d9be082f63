from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.pipedrive.client import PipedriveClient

FIXTURES = Path(__file__).resolve().parents[3] / "contract/fixtures/pipedrive"
CODE = "9f2c41d07ab35e6688c1d0f4e2b7a95310cde846"
ME = 17204402
Answer = Callable[[httpx.Request], httpx.Response | None]


def fixture_names(folder: str) -> list[str]:
    return sorted(each.stem for each in (FIXTURES / folder).glob("*.json"))


def fixture_json(folder: str, name: str) -> Any:
    return json.loads((FIXTURES / folder / f"{name}.json").read_text(encoding="utf-8"))


class Tokens:
    def bearer(self) -> str:
        return "token"

    def renew(self, stale: str) -> str:
        return stale


def ok(data: Any, **more: Any) -> httpx.Response:
    return httpx.Response(200, json={"success": True, "data": data, **more})


def field(code: str, name: str, kind: str = "varchar", *labels: str) -> dict[str, Any]:
    options = [{"id": number, "label": label} for number, label in enumerate(labels, start=24)]
    return {
        "field_code": code,
        "field_name": name,
        "field_type": kind,
        "is_custom_field": len(code) == 40,
        "options": options or None,
    }


DEFINITIONS: dict[str, Any] = {
    "users": [{"id": ME, "name": "Ola", "email": "Ola@Example.com", "active_flag": True}],
    "personFields": [
        field("name", "Name"),
        field("label_ids", "Labels", "set", "Customer"),
        field("job_title", "Job title"),
        field("postal_address", "Address", "address"),
        field(CODE, "CRM Bridge ID"),
    ],
    "organizationFields": [field("label_ids", "Labels", "set", "Customer"), field(CODE, "CRM Bridge ID")],
    "dealFields": [field("label_ids", "Labels", "set", "Customer"), field(CODE, "CRM Bridge ID")],
    "pipelines": [{"id": 1, "name": "Sales", "order_nr": 1}],
    "stages": [{"id": 3, "name": "Proposal Made", "order_nr": 0, "pipeline_id": 1, "deal_probability": 80}],
}


def client_over(answer: Answer, seen: list[httpx.Request] | None = None) -> PipedriveClient:
    """Return a client whose company is what ``answer`` says, and definitions where it says nothing."""

    def respond(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        told = answer(request)
        if told is not None:
            return told
        name = request.url.path.rpartition("/")[2]
        return ok(DEFINITIONS[name], additional_data={"next_cursor": None})

    http = httpx.Client(transport=httpx.MockTransport(respond))
    return PipedriveClient(ClientContext(http=http, base_url="https://acme.pipedrive.com", tokens=Tokens()))
