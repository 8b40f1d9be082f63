from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from sandbox import SandboxApp, Settings, create
from sandbox._state_file import StateFile


def started(path: Path, **settings: Any) -> tuple[SandboxApp, StateFile, httpx.Client]:
    file = StateFile(path)
    app = file.keep(create("pipedrive", Settings(background=False, **settings)))
    headers = {"x-api-token": app.credentials["api_token"]}
    client = httpx.Client(transport=httpx.WSGITransport(app=app), base_url="http://sandbox.test", headers=headers)
    return app, file, client


def test_a_company_comes_back_with_all_that_it_knew(tmp_path: Path):
    app, file, client = started(tmp_path / "state", webhook_urls=("https://hooks.example.com/one",))
    client.post("/_sandbox/clock", json={"advance_s": 100})
    client.post("/_sandbox/options", json={"contact_sync": True})
    field = client.post("/api/v2/personFields", json={"field_name": "Ours", "field_type": "varchar"}).json()["data"]
    body = {"name": "Ana Prado", "job_title": "Owner", "custom_fields": {field["field_code"]: "x"}}
    client.post("/api/v2/persons", json=body).raise_for_status()
    client.post("/api/v2/deals", json={"title": "A", "person_id": 1}).raise_for_status()
    client.post("/v1/leads", json={"title": "L", "person_id": 1}).raise_for_status()
    used = client.get("/v1/users/me").headers["x-daily-ratelimit-token-remaining"]
    before = client.get("/_sandbox/state").json()
    hooks = client.get("/_sandbox/webhooks").json()["counts"]
    file.close()
    app.stop()
    again, kept, fresh = started(tmp_path / "state")
    assert fresh.get("/_sandbox/state").json() == before
    assert fresh.get("/_sandbox/webhooks").json()["counts"]["pending"] == hooks["pending"] > 0
    assert fresh.get("/_sandbox/clock").json()["offset_s"] == 100
    assert int(fresh.get("/v1/users/me").headers["x-daily-ratelimit-token-remaining"]) == int(used) - 2
    assert fresh.post("/api/v2/persons", json={"name": "Bo"}).json()["data"]["id"] == 2
    (hook,) = fresh.get("/v1/webhooks").json()["data"]
    assert hook["subscription_url"] == "https://hooks.example.com/one"
    kept.close()
    again.stop()
