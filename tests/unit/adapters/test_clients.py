from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from crmbridge.adapters.aws import clients


@pytest.fixture(autouse=True)
def _no_clients_yet(monkeypatch):
    monkeypatch.setattr(clients, "_made", {})
    clients._session.cache_clear()


@pytest.mark.parametrize("name", ["dynamodb", "events", "kms", "secretsmanager", "sns", "sqs"])
def test_a_process_has_one_client_per_service(name):
    make = getattr(clients, name)
    assert make() is make()
    assert make().meta.service_model.service_name == name


def test_threads_share_the_client():
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: clients.dynamodb(), range(8)))
    assert len({id(each) for each in found}) == 1


def test_no_client_hangs_for_long_or_gives_up_at_once():
    config: Any = clients.sqs().meta.config
    assert (config.connect_timeout, config.read_timeout) == (2, 8)
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}


def test_a_local_aws_is_found_by_its_endpoint(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4999")
    assert clients.kms().meta.endpoint_url == "http://127.0.0.1:4999"
