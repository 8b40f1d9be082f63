"""Simulated CRMs in processes of their own, so that their work is not counted as ours."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, cast

import httpx

ROOT = Path(__file__).resolve().parents[1]
MANY = 1_000_000
SEEDED_AT_ONCE = 2000
STOP_WITHIN_S = 10
JOBS = ("Head of purchasing, cables and inverters", "Managing partner", "Works manager, night shift", "Buyer, pumps")
CITIES = ("Recife", "Porto", "Leeds", "Utrecht", "Nagoya", "Turku", "Quito")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crm:
    """One simulated CRM that answers."""

    name: str
    url: str
    credentials: Mapping[str, Any]

    def control(self, what: str, body: object = None) -> Any:  # noqa: ANN401 - JSON of any shape
        """Use the control surface; a body is posted, without one the thing is read."""
        url = f"{self.url}/_sandbox/{what}"
        answer = httpx.get(url, timeout=60) if body is None else httpx.post(url, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def running(name: str) -> Generator[Crm]:
    """Run one simulated CRM for the time of a block."""
    command = [sys.executable, "-m", "sandbox", name, "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            if process.stdout is None:
                raise RuntimeError(f"{name} has no output")
            ready = cast("dict[str, Any]", json.loads(process.stdout.readline()))
            yield Crm(name=name, url=ready["url"], credentials=ready["credentials"])
        finally:
            process.terminate()
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()


def person(number: int) -> dict[str, str]:
    """Return one invented contact in HubSpot's words, about as full as a sales team keeps them.

    Nothing in it is like in the next one, or repeats itself more than such values do: compression finds no more to
    save than it would among real people.
    """
    digits = str(int(sha256(str(number).encode()).hexdigest(), 16))
    letters = "".join(chr(ord("a") + int(digits[place : place + 2]) % 26) for place in range(0, 40, 2))
    first, last, firm = letters[:5].title(), letters[5:12].title(), letters[12:20]
    return {
        "email": f"{first.lower()}.{last.lower()}@{firm}-{number}.example",
        "firstname": first,
        "lastname": f"{last} {number:07d}",
        "phone": f"+55119{digits[40:48]}",
        "mobilephone": f"+55118{digits[48:56]}",
        "jobtitle": JOBS[int(digits[56:58]) % len(JOBS)],
        "address": f"Rua {last[::-1].title()} {digits[58:61]}, {digits[61]}th floor, rear building",
        "city": CITIES[number % len(CITIES)],
        "state": "Pernambuco",
        "zip": f"{digits[62:67]}-{digits[67:70]}",
        "country": "Brazil",
        "lifecyclestage": "lead",
    }


def fill(hubspot: Crm, contacts: int) -> None:
    """Store contacts silently and lift the rate limits: the engine is measured, not its waiting."""
    hubspot.control("limits", {"private_burst": MANY, "oauth_burst": MANY, "daily": MANY, "search_per_s": MANY})
    rows = ({"properties": person(number)} for number in range(contacts))
    for chunk in chunks(rows, SEEDED_AT_ONCE):
        hubspot.control("seed", {"contacts": chunk})


def chunks(rows: Iterator[Any], size: int) -> Iterator[list[Any]]:
    """Yield rows in lists of at most ``size``."""
    while chunk := list(islice(rows, size)):
        yield chunk
