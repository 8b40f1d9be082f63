"""Runs where only the extract tool is installed: reads one listing some times over and prints what that took.

Standard input: JSON of ``base_url``, ``token``, ``page``, ``properties``, ``contacts`` and ``rounds``.
Standard output: one line of JSON, ``version`` and ``median_us``.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import statistics
import sys
import time
from collections.abc import Mapping
from typing import Any


def source(asked: Mapping[str, Any]) -> Any:  # noqa: ANN401 - of a package that is not installed beside ours
    """Return the tool's REST source of the contacts, set up as its documentation shows."""
    rest_api: Any = importlib.import_module("dlt.sources.rest_api")
    return rest_api.rest_api_source(
        {
            "client": {
                "base_url": asked["base_url"],
                "auth": {"type": "bearer", "token": asked["token"]},
                "paginator": {"type": "cursor", "cursor_path": "paging.next.after", "cursor_param": "after"},
            },
            "resources": [
                {
                    "name": "contacts",
                    "endpoint": {
                        "path": "crm/v3/objects/contacts",
                        "params": {"limit": asked["page"], "properties": asked["properties"]},
                        "data_selector": "results",
                    },
                }
            ],
        }
    )


def main() -> int:
    """Read, measure and print."""
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")  # it would tell its makers of every run
    asked = json.load(sys.stdin)
    taken: list[float] = []
    for _ in range(asked["rounds"]):
        began = time.process_time()
        seen = sum(1 for _ in source(asked).resources["contacts"])
        taken.append(time.process_time() - began)
        if seen != asked["contacts"]:
            sys.stderr.write(f"read {seen} of {asked['contacts']} contacts\n")
            return 1
    median_us = statistics.median(taken) / asked["contacts"] * 1e6
    sys.stdout.write(json.dumps({"version": importlib.metadata.version("dlt"), "median_us": median_us}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
