"""The tooling API: custom fields."""

from __future__ import annotations

from typing import Any, cast

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Answer, Call, JsonObject
from sandbox.salesforce.custom_fields import change_custom_field, create_custom_field, delete_custom_field
from sandbox.salesforce.errors import SalesforceError, no_such_column, not_found, required_missing
from sandbox.salesforce.ids import normalised
from sandbox.salesforce.routes.route import Route
from sandbox.salesforce.tables import Row


def create_field(api: Api, call: Call) -> Answer:
    """Create a custom field: 201."""
    body = call.object()
    unknown = set(body) - {"FullName", "Metadata", "attributes"}
    if unknown:
        raise no_such_column(sorted(unknown)[0], "CustomField")
    metadata, full_name = body.get("Metadata"), body.get("FullName")
    if not full_name or not isinstance(metadata, dict):
        raise required_missing(["FullName" if not full_name else "Metadata"])
    row = create_custom_field(api.org, str(full_name), cast("dict[str, Any]", metadata))
    created: JsonObject = {"id": row["Id"], "success": True, "errors": [], "warnings": [], "infos": []}
    return Answer(status=201, body=created)


def read_field(api: Api, call: Call, record_id: str) -> Answer:
    """Return a custom field's tooling row with what it is made of."""
    row = _row(api, record_id)
    url = f"/services/data/v{call.version}/tooling/sobjects/CustomField/{row['Id']}"
    return Answer(body={"attributes": {"type": "CustomField", "url": url}, **row})


def change_field(api: Api, call: Call, record_id: str) -> Answer:
    """Change a custom field: 204; the whole metadata is sent, what is left out is gone."""
    body = call.object()
    metadata = body.get("Metadata")
    if not isinstance(metadata, dict):
        raise required_missing(["Metadata"])
    change_custom_field(api.org, _row(api, record_id), cast("dict[str, Any]", metadata))
    return Answer(status=204)


def delete_field(api: Api, _call: Call, record_id: str) -> Answer:
    """Remove a custom field: 204."""
    delete_custom_field(api.org, _row(api, record_id))
    return Answer(status=204)


def refuse_other(_api: Api, _call: Call, name: str) -> Answer:
    """Refuse to create tooling objects that are not simulated."""
    raise SalesforceError("NOT_FOUND", f"The requested resource does not exist: {name}")


def _row(api: Api, text: str) -> Row:
    row = api.org.tables["CustomField"].get(normalised(text) or "")
    if row is None:
        raise not_found()
    return row


ROUTES = (
    Route("POST", "/tooling/sobjects/CustomField", create_field),
    Route("GET", "/tooling/sobjects/CustomField/<record_id>", read_field),
    Route("PATCH", "/tooling/sobjects/CustomField/<record_id>", change_field),
    Route("DELETE", "/tooling/sobjects/CustomField/<record_id>", delete_field),
    Route("POST", "/tooling/sobjects/<name>", refuse_other),
)
