"""The API's front: its resources and the org's limits."""

from __future__ import annotations

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Answer, Call
from sandbox.salesforce.routes.route import Route

_RESOURCES = ("composite", "identity", "jobs", "limits", "query", "queryAll", "search", "sobjects", "tooling")


def resources(api: Api, call: Call) -> Answer:
    """Return the resources of this version by name."""
    base = f"/services/data/v{call.version}"
    found = {name: f"{base}/{name}" for name in _RESOURCES}
    found["identity"] = f"{api.base_url}/id/{api.org.organization_id}/{call.actor.user_id}"
    return Answer(body=found)


def limits(api: Api, _call: Call) -> Answer:
    """Return the org's limits and what is left of them."""
    switches = api.org.switches
    used = {
        "DailyApiRequests": (api.usage.limit, api.usage.used),
        "DailyBulkApiBatches": (switches.bulk_batches, api.jobs.batches_used()),
        "DailyBulkV2QueryJobs": (switches.bulk_query_jobs, api.jobs.queried()),
    }
    return Answer(body={name: {"Max": most, "Remaining": max(0, most - n)} for name, (most, n) in used.items()})


ROUTES = (Route("GET", "", resources), Route("GET", "/limits", limits))
