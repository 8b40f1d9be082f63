"""HubSpot's API as typed calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import httpx
from pydantic import ValidationError

from crmbridge.connectors._http import ClientContext, Session, server_time
from crmbridge.connectors.hubspot import OBJECTS_VERSION, VERSION
from crmbridge.connectors.hubspot.client.errors import PROVIDER, read_error
from crmbridge.connectors.hubspot.mapping.answers import Answer
from crmbridge.errors import RetriableProviderError

M = TypeVar("M", bound=Answer)

ACCOUNT = f"/account-info/{VERSION}/details"
OWNERS = f"/crm/owners/{VERSION}"


def objects(path: str, tail: str = "") -> str:
    """Return the path of an object's records, or of a part of it."""
    return f"/crm/objects/{OBJECTS_VERSION}/{path}{tail}"


def associations(source: str, target: str, tail: str) -> str:
    """Return the path of a batch of associations."""
    return f"/crm/associations/{VERSION}/{source}/{target}/batch/{tail}"


def properties(path: str, tail: str = "") -> str:
    """Return the path of an object's properties."""
    return f"/crm/properties/{VERSION}/{path}{tail}"


def pipelines(path: str) -> str:
    """Return the path of an object's pipelines."""
    return f"/crm/pipelines/{VERSION}/{path}"


@dataclass(frozen=True, slots=True)
class Told(Generic[M]):
    """An answer and the answering server's clock."""

    body: M
    server_time: datetime | None


class Calls:
    """Sends calls and reads answers."""

    def __init__(self, context: ClientContext) -> None:
        self._session = Session(context, provider=PROVIDER, read_error=read_error)

    def get(self, model: type[M], path: str, params: Mapping[str, str | int] | None = None) -> Told[M]:
        """Send a GET and read its answer as ``model``.

        Raises:
            RetriableProviderError: the answer has a shape we do not know; see ``Session.request`` for the others.
        """
        return self._read(model, self._session.request("GET", path, params=params))

    def post(
        self, model: type[M], path: str, body: Mapping[str, Any], params: Mapping[str, str | int] | None = None
    ) -> Told[M]:
        """Send a POST and read its answer as ``model``; an answer without a body is an empty one.

        Raises:
            RetriableProviderError: the answer has a shape we do not know; see ``Session.request`` for the others.
        """
        response = self._session.request("POST", path, json=body, params=params)
        return self._read(model, response)

    def patch(self, model: type[M], path: str, body: Mapping[str, Any]) -> Told[M]:
        """Send a PATCH and read its answer as ``model``.

        Raises:
            RetriableProviderError: the answer has a shape we do not know; see ``Session.request`` for the others.
        """
        return self._read(model, self._session.request("PATCH", path, json=body))

    def _read(self, model: type[M], response: httpx.Response) -> Told[M]:
        said: object = {} if response.status_code == 204 else self._session.json(response)
        try:
            return Told(model.model_validate(said), server_time(response))
        except ValidationError as error:
            raise RetriableProviderError(
                f"HubSpot answered {response.request.url.path} in a shape we do not know: {error.errors()[0]['loc']}",
                provider=PROVIDER,
                status=response.status_code,
                code="UNKNOWN_SHAPE",
                may_have_applied=response.request.method != "GET",
            ) from error
