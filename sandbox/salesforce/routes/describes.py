"""Describe over HTTP: all objects, one object."""

from __future__ import annotations

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Answer, Call
from sandbox.salesforce.describing import object_description, object_summary
from sandbox.salesforce.routes.finding import object_at
from sandbox.salesforce.routes.route import Route


def describe_all(api: Api, call: Call) -> Answer:
    """Return every object in short."""
    return _all(api, call, tooling=False)


def describe_all_tooling(api: Api, call: Call) -> Answer:
    """Return every tooling object in short."""
    return _all(api, call, tooling=True)


def describe_one(api: Api, call: Call, name: str) -> Answer:
    """Return an object with every field the user may see."""
    view = api.view(call)
    return Answer(body=object_description(object_at(view, name), view))


def describe_one_tooling(api: Api, call: Call, name: str) -> Answer:
    """Return a tooling object with its fields."""
    view = api.view(call, tooling=True)
    return Answer(body=object_description(object_at(view, name), view))


def _all(api: Api, call: Call, *, tooling: bool) -> Answer:
    view = api.view(call, tooling=tooling)
    objects = [made for made in api.org.objects.values() if made.tooling == tooling]
    summaries = [object_summary(made, view.url_prefix) for made in objects]
    return Answer(body={"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": summaries})


ROUTES = (
    Route("GET", "/sobjects", describe_all),
    Route("GET", "/sobjects/<name>/describe", describe_one),
    Route("GET", "/tooling/sobjects", describe_all_tooling),
    Route("GET", "/tooling/sobjects/<name>/describe", describe_one_tooling),
)
