"""The same listing read by a well-known extract tool, where it happens to be installed."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable
from typing import Any

from bench.crms import Crm, person
from bench.figures import Figure
from bench.floors import PAGE, median_us

NAME = "dlt"
WHY_NOT = f"{NAME} is not installed (pip install {NAME}), so it is not compared"


def is_there() -> bool:
    """Tell whether the tool is installed; it is none of our requirements."""
    return importlib.util.find_spec(NAME) is not None


def measure(hubspot: Crm, *, contacts: int, floor_us: float) -> Figure:
    """Let its REST source, set up as its documentation shows, iterate over all contacts and store nothing.

    Raises:
        RuntimeError: it did not see all of them.
    """
    version = importlib.import_module("importlib.metadata").version(NAME)
    taken_us = median_us(_reading(hubspot), contacts)
    return Figure(f"listing read by {NAME} {version}, its REST source", taken_us, "µs CPU per record", floor_us)


def _reading(hubspot: Crm) -> Callable[[], int]:
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")  # it would tell its makers of every run
    rest_api: Any = importlib.import_module("dlt.sources.rest_api")
    settings = {
        "client": {
            "base_url": hubspot.url,
            "auth": {"type": "bearer", "token": hubspot.credentials["private_app_token"]},
            "paginator": {"type": "cursor", "cursor_path": "paging.next.after", "cursor_param": "after"},
        },
        "resources": [
            {
                "name": "contacts",
                "endpoint": {
                    "path": "crm/v3/objects/contacts",
                    "params": {"limit": PAGE, "properties": ",".join(person(0))},
                    "data_selector": "results",
                },
            }
        ],
    }
    return lambda: sum(1 for _ in rest_api.rest_api_source(settings).resources["contacts"])
