"""The same listing read by a well-known extract tool, where it happens to be installed."""

from __future__ import annotations

import importlib
import importlib.util
import time
from typing import Any

from bench.crms import Crm, person
from bench.figures import Figure
from bench.floors import PAGE

NAME = "dlt"


def is_there() -> bool:
    """Tell whether the tool is installed; it is none of our requirements."""
    return importlib.util.find_spec(NAME) is not None


def measure(hubspot: Crm, *, contacts: int, floor_us: float) -> Figure:
    """Let its REST source iterate over all contacts, storing nothing.

    Raises:
        RuntimeError: it did not see all of them.
    """
    source: Any = importlib.import_module("dlt.sources.helpers.rest_client")
    paginators: Any = importlib.import_module("dlt.sources.helpers.rest_client.paginators")
    client = source.RESTClient(
        base_url=hubspot.url,
        headers={"Authorization": f"Bearer {hubspot.credentials['private_app_token']}"},
        paginator=paginators.JSONResponseCursorPaginator(cursor_path="paging.next.after", cursor_param="after"),
    )
    params = {"limit": PAGE, "properties": ",".join(person(0))}
    began = time.process_time()
    seen = sum(
        len(page) for page in client.paginate("/crm/v3/objects/contacts", params=params, data_selector="results")
    )
    taken = time.process_time() - began
    if seen != contacts:
        raise RuntimeError(f"{NAME} read {seen} of {contacts} contacts")
    return Figure(f"listing read by {NAME}'s REST client", taken / contacts * 1e6, "µs CPU per record", floor_us)
