"""What a webhook's answer does not wait for."""

from __future__ import annotations

from bench.child import run_child
from bench.cold import ENVIRONMENT

HEAVY = ("boto3", "httpx", "pydantic", "crmbridge.services.hub", "crmbridge.domain.records", "crmbridge.ports.crms")


def test_the_webhook_function_loads_nothing_that_it_does_not_need():
    loaded = run_child("cold", environment=ENVIRONMENT, stack="webhook")["loaded"]
    assert "botocore.client" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_the_list_of_heavy_modules_holds_what_others_do_load():
    loaded = run_child("cold", environment=ENVIRONMENT, stack="usual")["loaded"]
    assert {"boto3", "httpx", "pydantic"} <= set(loaded)
