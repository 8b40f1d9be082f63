"""The API's front: its resources and the org's limits."""

from __future__ import annotations

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Answer, Call
from sandbox.salesforce.routes.route import Route

_RESOURCES = ("composite", "identity", "jobs", "limits", "query", "queryAll", "search", "sobjects", "tooling")
_BULK_JOBS = 10_000
_BULK_BATCHES = 15_000


def resources(api: Api, call: Call) -> Answer:
    """Return the resources of this version by name."""
    base = f"/services/data/v{call.version}"
    found = {name: f"{base}/{name}" for name in _RESOURCES}
    found["identity"] = f"{api.base_url}/id/{api.org.organization_id}/{call.actor.user_id}"
    return Answer(body=found)


def limits(api: Api, _call: Call) -> Answer:
    """Return the org's limits and what is left of them."""
    left = max(0, api.usage.limit - api.usage.used)
    ingested = api.jobs.ingested
    return Answer(
        body={
            "DailyApiRequests": {"Max": api.usage.limit, "Remaining": left},
            "DailyBulkApiBatches": {"Max": _BULK_BATCHES, "Remaining": _BULK_BATCHES - ingested},
            "DailyBulkV2QueryJobs": {"Max": _BULK_JOBS, "Remaining": _BULK_JOBS - api.jobs.queried},
        }
    )


ROUTES = (Route("GET", "", resources), Route("GET", "/limits", limits))
