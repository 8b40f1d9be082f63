"""Which handler answers which path."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.wrappers import Response

from sandbox.freshsales.http import activities, records
from sandbox.freshsales.http.calls import ApiCall

Handler = Callable[[ApiCall], Response]
ROOTS = ("/crm/sales/api", "/api")
"""Where the API lives: under the suite's path, and where classic accounts have it."""

_MODULES = "<any(contacts, sales_accounts, deals):module>"
_PLACES = "<any(tasks, appointments, notes, sales_activities):place>"
TABLE: tuple[tuple[str, str, Handler], ...] = (
    ("GET", f"/{_MODULES}/filters", records.filters),
    ("GET", f"/{_MODULES}/view/<view_id>", records.view_page),
    ("POST", f"/{_MODULES}/upsert", records.upsert),
    ("POST", f"/{_MODULES}/bulk_upsert", records.bulk_upsert),
    ("POST", f"/{_MODULES}", records.create),
    ("GET", f"/{_MODULES}/<id>", records.view),
    ("PUT", f"/{_MODULES}/<id>", records.update),
    ("DELETE", f"/{_MODULES}/<id>", records.delete),
    ("DELETE", f"/{_MODULES}/<id>/forget", records.forget),
    ("GET", f"/{_MODULES}/<id>/{_PLACES}", activities.of_record),
    ("GET", "/job_statuses/<id>", records.job_status),
    ("POST", "/filtered_search/<module>", records.filtered_search),
    ("GET", "/lookup", records.lookup),
    ("GET", "/search", records.search),
    ("GET", "/settings/<module>/fields", records.fields),
    ("GET", "/selector/<name>", records.selector),
    ("GET", "/selector/deal_pipelines/<id>/deal_stages", records.pipeline_stages),
    ("GET", f"/{_PLACES}", activities.list_page),
    ("POST", f"/{_PLACES}", activities.create),
    ("GET", f"/{_PLACES}/<id>", activities.view),
    ("PUT", f"/{_PLACES}/<id>", activities.update),
    ("DELETE", f"/{_PLACES}/<id>", activities.delete),
)
SAMPLES = {
    400: "The request is not valid",
    401: "Authentication failed: the API key is not valid",
    403: "You are not authorized to perform this action",
    404: "The requested resource was not found",
    405: "Another bulk job is running",
    429: "Too many requests",
}
