"""The least that could do the work: the same listing read and parsed, and nothing else."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import urllib3

from bench.crms import Crm, person

PAGE = 100
ROUNDS = 5


def median_us(read: Callable[[], int], contacts: int) -> float:
    """Return the median processor time per record of several readings, in microseconds."""
    taken: list[float] = []
    for _ in range(ROUNDS):
        began = time.process_time()
        seen = read()
        taken.append(time.process_time() - began)
        if seen != contacts:
            raise RuntimeError(f"read {seen} of {contacts} contacts")
    return statistics.median(taken) / contacts * 1e6


def read_with_urllib3(hubspot: Crm) -> int:
    """Page through all contacts with nothing but a connection and a JSON parser."""
    headers = {"Authorization": f"Bearer {hubspot.credentials['private_app_token']}"}
    with urllib3.PoolManager() as pool:
        return _pages(lambda url: json.loads(pool.request("GET", url, headers=headers).data), hubspot.url)


def read_with_httpx(hubspot: Crm) -> int:
    """Page through all contacts with the library's own HTTP client."""
    headers = {"Authorization": f"Bearer {hubspot.credentials['private_app_token']}"}
    with httpx.Client(trust_env=False, headers=headers) as client:
        return _pages(lambda url: json.loads(client.get(url).content), hubspot.url)


def _pages(get: Callable[[str], Mapping[str, Any]], base_url: str) -> int:
    first = f"{base_url}/crm/v3/objects/contacts?limit={PAGE}&properties={','.join(person(0))}"
    seen, url = 0, first
    while True:
        page = get(url)
        seen += len(page["results"])
        after = page.get("paging", {}).get("next", {}).get("after")
        if after is None:
            return seen
        url = f"{first}&after={after}"
