"""Every path of the API in every spelling, its handler and the scopes it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import cast

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.hubspot.http import (
    accounts,
    association_batches,
    associations,
    batches,
    oauth,
    objects,
    pipelines,
    properties,
    search,
    webhooks,
)
from sandbox.hubspot.http.calls import ApiCall

Handler = Callable[[ApiCall], Response]
LATE = "2026-09"

_OBJECTS = ("/crm/v3/objects", "/crm/objects/2026-03", "/crm/objects/2026-09")
_PROPERTIES = ("/crm/v3/properties", "/crm/properties/2026-03")
_PIPELINES = ("/crm/v3/pipelines", "/crm/pipelines/2026-03")
_OWNERS = ("/crm/v3/owners", "/crm/owners/2026-03")
_LINKED = ("/crm/v4/objects", "/crm/objects/2026-03")
_LINKS = ("/crm/v4/associations", "/crm/associations/2026-03")
_LABELS = ("/crm/v4/associations", "/crm/associations/v4", "/crm/associations/2026-03")
_OAUTH = ("/oauth/v3", "/oauth/2026-03", "/oauth/2026-09")
_APPS = ("/webhooks/v3/{appId}", "/webhooks/2026-03/{appId}", "/app-webhooks/2026-09/{appId}")
_ACCOUNT = ("/account-info/v3", "/account-info/2026-03")
_INSTALLS = ("/appinstalls/v3", "/appinstalls/2026-03", "/appinstalls/2026-09")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint.

    Attributes:
        template: its path as the vendor's docs write it.
        scopes: which scopes it asks for: ``read``/``write`` of the object type in the path,
            ``schema.read``/``schema.write``, ``owners``, ``any`` token, ``none``.
        is_search: counted by the limit of searches.
    """

    methods: tuple[str, ...]
    template: str
    handler: Handler
    scopes: str
    is_search: bool = False

    @property
    def is_late(self) -> bool:
        """Whether it is spelt by the date 2026-09."""
        return LATE in self.template


_TABLE: tuple[tuple[str, tuple[str, ...], str, Handler, str], ...] = (
    ("GET", _OBJECTS, "/{objectType}", objects.list_records, "read"),
    ("POST", _OBJECTS, "/{objectType}", objects.create_record, "write"),
    ("GET", _OBJECTS, "/{objectType}/{objectId}", objects.read_record, "read"),
    ("PATCH", _OBJECTS, "/{objectType}/{objectId}", objects.update_record, "write"),
    ("DELETE", _OBJECTS, "/{objectType}/{objectId}", objects.archive_record, "write"),
    ("POST", _OBJECTS, "/{objectType}/merge", objects.merge, "write"),
    ("POST", _OBJECTS, "/{objectType}/gdpr-delete", objects.gdpr_delete, "write"),
    ("POST", _OBJECTS, "/{objectType}/search", search.search_records, "read"),
    ("POST", _OBJECTS, "/{objectType}/batch/read", batches.read_batch, "read"),
    ("POST", _OBJECTS, "/{objectType}/batch/create", batches.create_batch, "write"),
    ("POST", _OBJECTS, "/{objectType}/batch/update", batches.update_batch, "write"),
    ("POST", _OBJECTS, "/{objectType}/batch/upsert", batches.upsert_batch, "write"),
    ("POST", _OBJECTS, "/{objectType}/batch/archive", batches.archive_batch, "write"),
    (
        "PUT",
        _LINKED,
        "/{objectType}/{objectId}/associations/default/{toObjectType}/{toObjectId}",
        associations.associate_default,
        "write",
    ),
    (
        "PUT",
        _LINKED,
        "/{objectType}/{objectId}/associations/{toObjectType}/{toObjectId}",
        associations.associate_labelled,
        "write",
    ),
    (
        "DELETE",
        _LINKED,
        "/{objectType}/{objectId}/associations/{toObjectType}/{toObjectId}",
        associations.dissociate,
        "write",
    ),
    (
        "GET",
        _LINKED,
        "/{objectType}/{objectId}/associations/{toObjectType}",
        associations.list_associations,
        "read",
    ),
    ("POST", _LINKS, "/{fromObjectType}/{toObjectType}/batch/read", association_batches.read_batch, "read"),
    ("POST", _LINKS, "/{fromObjectType}/{toObjectType}/batch/create", association_batches.create_batch, "write"),
    (
        "POST",
        _LINKS,
        "/{fromObjectType}/{toObjectType}/batch/associate/default",
        association_batches.default_batch,
        "write",
    ),
    ("POST", _LINKS, "/{fromObjectType}/{toObjectType}/batch/archive", association_batches.archive_batch, "write"),
    (
        "POST",
        _LINKS,
        "/{fromObjectType}/{toObjectType}/batch/labels/archive",
        association_batches.archive_labels,
        "write",
    ),
    ("GET", _LABELS, "/{fromObjectType}/{toObjectType}/labels", associations.list_types, "read"),
    ("POST", _LABELS, "/{fromObjectType}/{toObjectType}/labels", associations.create_label, "write"),
    ("GET", _PROPERTIES, "/{objectType}", properties.list_properties, "schema.read"),
    ("POST", _PROPERTIES, "/{objectType}", properties.create_property, "schema.write"),
    ("GET", _PROPERTIES, "/{objectType}/{propertyName}", properties.read_property, "schema.read"),
    ("PATCH", _PROPERTIES, "/{objectType}/{propertyName}", properties.update_property, "schema.write"),
    ("DELETE", _PROPERTIES, "/{objectType}/{propertyName}", properties.archive_property, "schema.write"),
    ("POST", _PROPERTIES, "/{objectType}/batch/create", properties.create_properties, "schema.write"),
    ("POST", _PROPERTIES, "/{objectType}/batch/read", properties.read_properties, "schema.read"),
    ("POST", _PROPERTIES, "/{objectType}/batch/archive", properties.archive_properties, "schema.write"),
    ("GET", _PROPERTIES, "/{objectType}/groups", properties.list_groups, "schema.read"),
    ("POST", _PROPERTIES, "/{objectType}/groups", properties.create_group, "schema.write"),
    ("GET", _PROPERTIES, "/{objectType}/groups/{groupName}", properties.read_group, "schema.read"),
    ("PATCH", _PROPERTIES, "/{objectType}/groups/{groupName}", properties.update_group, "schema.write"),
    ("DELETE", _PROPERTIES, "/{objectType}/groups/{groupName}", properties.archive_group, "schema.write"),
    ("GET", _PIPELINES, "/{objectType}", pipelines.list_pipelines, "schema.read"),
    ("POST", _PIPELINES, "/{objectType}", pipelines.create_pipeline, "schema.write"),
    ("GET", _PIPELINES, "/{objectType}/{pipelineId}", pipelines.read_pipeline, "schema.read"),
    ("PATCH", _PIPELINES, "/{objectType}/{pipelineId}", pipelines.update_pipeline, "schema.write"),
    ("DELETE", _PIPELINES, "/{objectType}/{pipelineId}", pipelines.delete_pipeline, "schema.write"),
    ("GET", _PIPELINES, "/{objectType}/{pipelineId}/stages", pipelines.list_stages, "schema.read"),
    ("POST", _PIPELINES, "/{objectType}/{pipelineId}/stages", pipelines.create_stage, "schema.write"),
    ("GET", _PIPELINES, "/{objectType}/{pipelineId}/stages/{stageId}", pipelines.read_stage, "schema.read"),
    ("PATCH", _PIPELINES, "/{objectType}/{pipelineId}/stages/{stageId}", pipelines.update_stage, "schema.write"),
    ("DELETE", _PIPELINES, "/{objectType}/{pipelineId}/stages/{stageId}", pipelines.delete_stage, "schema.write"),
    ("GET", _OWNERS, "", accounts.list_owners, "owners"),
    ("GET", _OWNERS, "/", accounts.list_owners, "owners"),
    ("GET", _OWNERS, "/{ownerId}", accounts.read_owner, "owners"),
    ("GET", _ACCOUNT, "/details", accounts.read_account, "any"),
    ("GET", _ACCOUNT, "/api-usage/daily/private-apps", accounts.read_usage, "any"),
    ("DELETE", _INSTALLS, "/external-install", accounts.uninstall, "any"),
    ("GET", ("/oauth",), "/authorize", oauth.show_consent, "none"),
    ("POST", ("/oauth",), "/authorize", oauth.decide_consent, "none"),
    ("POST", (*_OAUTH, "/oauth/v1"), "/token", oauth.give_token, "none"),
    ("POST", _OAUTH, "/token/introspect", oauth.introspect, "none"),
    ("POST", _OAUTH, "/token/revoke", oauth.revoke, "none"),
    ("GET", ("/oauth/v1",), "/access-tokens/{access_token}", oauth.read_legacy_token, "none"),
    ("GET", ("/oauth/v1",), "/refresh-tokens/{refresh_token}", oauth.read_legacy_token, "none"),
    ("DELETE", ("/oauth/v1",), "/refresh-tokens/{refresh_token}", oauth.drop_legacy_token, "none"),
    ("GET", _APPS, "/settings", webhooks.read_settings, "none"),
    ("PUT", _APPS, "/settings", webhooks.write_settings, "none"),
    ("DELETE", _APPS, "/settings", webhooks.delete_settings, "none"),
    ("GET", _APPS, "/subscriptions", webhooks.list_subscriptions, "none"),
    ("POST", _APPS, "/subscriptions", webhooks.create_subscription, "none"),
    ("GET", _APPS, "/subscriptions/{subscriptionId}", webhooks.read_subscription, "none"),
    ("PATCH", _APPS, "/subscriptions/{subscriptionId}", webhooks.update_subscription, "none"),
    ("DELETE", _APPS, "/subscriptions/{subscriptionId}", webhooks.delete_subscription, "none"),
    ("POST", _APPS, "/subscriptions/batch/update", webhooks.update_subscriptions, "none"),
)


def all_routes() -> Iterator[Route]:
    """Yield every endpoint in every spelling."""
    for method, families, rest, handler, scopes in _TABLE:
        for family in families:
            yield Route(
                methods=(method,),
                template=f"{family}{rest}",
                handler=handler,
                scopes=scopes,
                is_search=handler is search.search_records,
            )


@cache
def _compiled() -> Map:
    """Compile all routes, once per process: they are the same for every account."""
    rules = [
        Rule(
            route.template.replace("{", "<").replace("}", ">"),
            methods=list(route.methods),
            endpoint=cast("str", route),
        )
        for route in all_routes()
    ]
    return Map(rules, strict_slashes=False, merge_slashes=False)


class Router:
    """Finds the route of a request."""

    def find(self, request: Request) -> tuple[Route, dict[str, str]]:
        """Return the route and the parts of the path.

        Raises:
            HTTPException: 404 or 405.
        """
        adapter = _compiled().bind("sandbox.test")
        endpoint, params = adapter.match(request.path, method=request.method)
        return cast("Route", endpoint), dict(params)

    def template(self, request: Request) -> str:
        """Return the template of a request's path, ``(unknown)`` if there is none."""
        try:
            return self.find(request)[0].template
        except HTTPException:
            return "(unknown)"
