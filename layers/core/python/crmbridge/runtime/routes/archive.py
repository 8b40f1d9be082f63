"""The route that reads archived history."""

from __future__ import annotations

from crmbridge.runtime import archiving
from crmbridge.runtime._routes import PAGED, Route
from crmbridge.runtime._shapes import page
from crmbridge.runtime.routes._answers import LINE

ROUTES = (
    Route(
        method="GET",
        path="/api/crm/records/{record_id}/archived-history",
        do=archiving.get_archived_history,
        query=PAGED,
        answer=page(LINE),
        tag="records",
    ),
)
