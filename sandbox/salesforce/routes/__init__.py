"""The paths of the API, and which function answers each."""

from __future__ import annotations

from sandbox.salesforce.routes import (
    bulk_ingest,
    bulk_query,
    collections,
    composite,
    describes,
    organisation,
    query,
    records,
    replication,
    search,
    tooling,
    trees,
)
from sandbox.salesforce.routes.route import Route

__all__ = ["DATA_ROUTES", "Route"]

DATA_ROUTES: tuple[Route, ...] = (
    *organisation.ROUTES,
    *query.ROUTES,
    *search.ROUTES,
    *collections.ROUTES,
    *composite.ROUTES,
    *trees.ROUTES,
    *tooling.ROUTES,
    *bulk_ingest.ROUTES,
    *bulk_query.ROUTES,
    *describes.ROUTES,
    *replication.ROUTES,
    *records.ROUTES,
)
