"""Which paths there are, what each costs, and which scopes it needs.

Source: Pipedrive, OpenAPI files of v1 and v2 (``x-token-cost``, ``security``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.pipedrive.http import definitions, leads, links, notes, oauth, objects, search
from sandbox.pipedrive.http.calls import ApiCall

Handler = Callable[[ApiCall], Response]
READ, WRITE = "read", "full"


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint.

    Attributes:
        cost: tokens of the daily budget; ``None`` for what needs no token at all.
        scopes: any of them will do; ``{object}`` stands for the object's own.
        is_search: counts against the search limit too.
    """

    method: str
    path: str
    handler: Handler
    cost: int | None = None
    scopes: tuple[str, ...] = ()
    is_search: bool = False


_KINDS = "<any(persons,organizations,deals,activities):kind>"
_FIELDS = "<any(personFields,organizationFields,dealFields):fields>"
_OWN = ("{object}:read", "{object}:full")
_OWN_FULL = ("{object}:full",)
_ADMIN = ("admin", "contact-fields:full", "deal-fields:full")
_LEADS, _LEADS_FULL = ("leads:read", "leads:full"), ("leads:full",)
_NOTES, _NOTES_FULL = ("deals:read", "deals:full", "contacts:read", "contacts:full"), ("deals:full", "contacts:full")
_SEARCH = ("contacts:read", "contacts:full", "deals:full", "leads:full", "search:read")

V2 = (
    Route("GET", f"/{_KINDS}", objects.list_records, 10, _OWN),
    Route("GET", "/deals/archived", objects.list_records, 20, _OWN),
    Route("POST", f"/{_KINDS}", objects.create_record, 5, _OWN_FULL),
    Route("GET", f"/{_KINDS}/<id>", objects.read_record, 1, _OWN),
    Route("PATCH", f"/{_KINDS}/<id>", objects.update_record, 5, _OWN_FULL),
    Route("DELETE", f"/{_KINDS}/<id>", objects.delete_record, 3, _OWN_FULL),
    *(
        Route("GET", f"/{kind}/search", search.search, 20, _SEARCH, is_search=True)
        for kind in ("persons", "organizations", "deals", "leads")
    ),
    Route("GET", f"/{_FIELDS}", definitions.list_fields, 10, (*_OWN, *_ADMIN)),
    Route("POST", f"/{_FIELDS}", definitions.create_field, 5, _ADMIN),
    Route("GET", f"/{_FIELDS}/<code>", definitions.read_field, 2, (*_OWN, *_ADMIN)),
    Route("DELETE", f"/{_FIELDS}/<code>", definitions.delete_field, 3, _ADMIN),
    Route("POST", f"/{_FIELDS}/<code>/options", definitions.add_options, 5, (*_OWN_FULL, *_ADMIN)),
    Route("GET", "/pipelines", definitions.list_pipelines, 5, ("deals:read", "deals:full", "admin")),
    Route("GET", "/stages", definitions.list_stages, 5, ("deals:read", "deals:full", "admin")),
)
V1 = (
    Route("GET", "/users", definitions.list_users, 20, ("users:read",)),
    Route("GET", "/users/me", definitions.read_me, 2, ("base",)),
    Route("GET", "/users/<id>", definitions.read_user, 2, ("users:read",)),
    Route("GET", "/activityTypes", definitions.list_activity_types, 20, ("activities:read", "activities:full")),
    Route("GET", "/leads", leads.list_leads, 20, _LEADS),
    Route("GET", "/leads/archived", leads.list_leads, 40, _LEADS),
    Route("POST", "/leads", leads.create_lead, 10, _LEADS_FULL),
    Route("GET", "/leads/<id>", leads.read_lead, 2, _LEADS),
    Route("PATCH", "/leads/<id>", leads.update_lead, 10, _LEADS_FULL),
    Route("DELETE", "/leads/<id>", leads.delete_lead, 6, _LEADS_FULL),
    Route("GET", "/leadLabels", leads.list_labels, 10, _LEADS),
    Route("POST", "/leadLabels", leads.create_label, 10, _LEADS_FULL),
    Route("GET", "/notes", notes.list_notes, 20, _NOTES),
    Route("POST", "/notes", notes.create_note, 10, _NOTES_FULL),
    Route("GET", "/notes/<id>", notes.read_note, 2, _NOTES),
    Route("PUT", "/notes/<id>", notes.update_note, 10, _NOTES_FULL),
    Route("DELETE", "/notes/<id>", notes.delete_note, 6, _NOTES_FULL),
    Route("GET", "/deals/<id>/participants", links.list_participants, 10, ("deals:read", "deals:full")),
    Route("POST", "/deals/<id>/participants", links.create_participant, 10, ("deals:full",)),
    Route("DELETE", "/deals/<id>/participants/<participant>", links.delete_participant, 6, ("deals:full",)),
    Route("PUT", "/<any(persons,organizations,deals):kind>/<id>/merge", links.merge_records, 40, _OWN_FULL),
    Route("GET", "/recents", links.list_recents, 20, ("recents:read", "search:read")),
    Route("GET", "/webhooks", links.list_hooks, 10, ("admin",)),
    Route("POST", "/webhooks", links.create_hook, 10, ("admin",)),
    Route("DELETE", "/webhooks/<id>", links.delete_hook, 6, ("admin",)),
)
OAUTH = (
    Route("GET", "/oauth/authorize", oauth.ask),
    Route("POST", "/oauth/authorize", oauth.decide),
    Route("POST", "/oauth/token", oauth.token),
    Route("POST", "/oauth/revoke", oauth.revoke),
)


class Router:
    """Finds the endpoint of a call; v1 answers under two prefixes, v2 under one."""

    def __init__(self) -> None:
        """Build the table of paths."""
        prefixed = [("", OAUTH), ("/api/v2", V2), ("/api/v1", V1), ("/v1", V1)]
        self._map = Map(
            [
                Rule(prefix + route.path, methods=[route.method], endpoint=route)
                for prefix, routes in prefixed
                for route in routes
            ],
            strict_slashes=False,
        )

    def find(self, request: Request) -> tuple[Route, dict[str, str]]:
        """Return the endpoint and the parameters of its path.

        Raises:
            HTTPException: 404 or 405.
        """
        route, params = self._map.bind_to_environ(request.environ).match()
        return route, dict(params)

    def template(self, request: Request) -> str:
        """Return the template of the path called, or ``(unknown)``."""
        try:
            _, params = self.find(request)
        except HTTPException:
            return "(unknown)"
        held = {value: name for name, value in params.items() if name not in ("kind", "fields")}
        parts = [f"{{{held[part]}}}" if part in held else part for part in request.path.split("/")]
        return "/".join(parts)
