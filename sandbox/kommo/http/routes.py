"""Every path that is served, and what answers it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.kommo.http import (
    activities,
    definitions,
    entities,
    fields_and_tags,
    hooks,
    links,
    notes,
    oauth,
    reading,
)
from sandbox.kommo.http.calls import ApiCall
from sandbox.kommo.portal import Portal

Handler = Callable[[ApiCall], Response]
OpenHandler = Callable[[Portal, Request], Response]
API = "/api/v4"
_E = "<any(leads, contacts, companies):entity>"

OPEN: dict[tuple[str, str], OpenHandler] = {
    ("GET", "/oauth"): oauth.show_consent,
    ("POST", "/oauth"): oauth.decide,
    ("POST", "/oauth2/access_token"): oauth.give_tokens,
    ("GET", "/oauth2/account/current/subdomain"): oauth.tell_subdomain,
}
"""Answered without an access token and outside the rate limit."""

TABLE: dict[tuple[str, str], Handler] = {
    ("GET", "/account"): definitions.read_account,
    ("GET", "/users"): definitions.list_users,
    ("GET", "/users/<int:record_id>"): definitions.read_user,
    ("GET", "/leads/pipelines"): definitions.list_pipelines,
    ("GET", "/leads/pipelines/<int:record_id>"): definitions.read_pipeline,
    ("GET", "/leads/pipelines/<int:record_id>/statuses"): definitions.list_statuses,
    ("GET", "/events"): definitions.list_events,
    ("GET", "/events/<event_id>"): definitions.read_event,
    ("GET", "/tasks"): activities.list_tasks,
    ("POST", "/tasks"): activities.create_tasks,
    ("PATCH", "/tasks"): activities.update_tasks,
    ("GET", "/tasks/<int:record_id>"): activities.read_task,
    ("PATCH", "/tasks/<int:record_id>"): activities.update_task,
    ("GET", "/webhooks"): hooks.list_hooks,
    ("POST", "/webhooks"): hooks.subscribe,
    ("DELETE", "/webhooks"): hooks.unsubscribe,
    ("GET", f"/{_E}/custom_fields"): fields_and_tags.list_fields,
    ("POST", f"/{_E}/custom_fields"): fields_and_tags.create_fields,
    ("PATCH", f"/{_E}/custom_fields"): fields_and_tags.update_fields,
    ("GET", f"/{_E}/tags"): fields_and_tags.list_tags,
    ("POST", f"/{_E}/tags"): fields_and_tags.create_tags,
    ("GET", f"/{_E}/notes"): notes.list_notes,
    ("POST", f"/{_E}/notes"): notes.create_notes,
    ("PATCH", f"/{_E}/notes"): notes.update_notes,
    ("GET", f"/{_E}/<int:record_id>/notes"): notes.list_notes,
    ("POST", f"/{_E}/<int:record_id>/notes"): notes.create_notes,
    ("POST", f"/{_E}/link"): links.change_many_links,
    ("POST", f"/{_E}/unlink"): links.change_many_links,
    ("GET", f"/{_E}/<int:record_id>/links"): links.list_links,
    ("POST", f"/{_E}/<int:record_id>/link"): links.change_links,
    ("POST", f"/{_E}/<int:record_id>/unlink"): links.change_links,
    ("GET", f"/{_E}"): reading.list_records,
    ("POST", f"/{_E}"): entities.create_records,
    ("PATCH", f"/{_E}"): entities.update_records,
    ("GET", f"/{_E}/<int:record_id>"): reading.read_record,
    ("PATCH", f"/{_E}/<int:record_id>"): entities.update_record,
}


@cache
def _map() -> Map:
    rules = [Rule(path, methods=[method], endpoint=(method, path)) for method, path in OPEN]
    rules += [Rule(API + path, methods=[method], endpoint=(method, path)) for method, path in TABLE]
    return Map(rules, strict_slashes=False)


def find(request: Request) -> tuple[tuple[str, str], dict[str, object]]:
    """Return the route of a call and the parameters of its path.

    Raises:
        HTTPException: there is none for the path or the method.
    """
    endpoint, params = _map().bind_to_environ(request.environ).match()
    return endpoint, dict(params)


def template(request: Request) -> str:
    """Return the template of the path called, for the log."""
    try:
        (_, path), params = find(request)
    except HTTPException:
        return "(unknown)"
    prefix = "" if path.startswith("/oauth") else API
    shown = path.replace(_E, str(params.get("entity", "{entity}")))
    return prefix + shown.replace("<int:record_id>", "{id}").replace("<event_id>", "{id}")
