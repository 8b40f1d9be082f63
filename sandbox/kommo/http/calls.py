"""One call on its way through, and answers in Kommo's forms."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request

from sandbox._calls import annotate_records
from sandbox.kommo.errors import problem
from sandbox.kommo.portal import Portal
from sandbox.kommo.query import Query

JsonObject = dict[str, Any]
BATCH_MOST = 250


@dataclass(slots=True, kw_only=True)
class ApiCall:
    """A call whose token and rate have been accepted."""

    request: Request
    portal: Portal
    params: dict[str, Any]

    @property
    def query(self) -> Query:
        """The query string, read."""
        return Query(parse_qsl(self.request.query_string.decode("latin-1"), keep_blank_values=True))

    def document(self) -> Any:
        """Return the body's JSON.

        Raises:
            VendorError: there is none.
        """
        try:
            body: object = json.loads(self.request.get_data())
        except ValueError as error:
            raise problem(400, "Request data can not be empty") from error
        return body

    def rows(self) -> list[JsonObject]:
        """Return the rows of a batch.

        Raises:
            VendorError: no list of objects, an empty one, or more than 250.
        """
        body = self.document()
        if not isinstance(body, list) or not all(isinstance(each, dict) for each in cast("list[object]", body)):
            raise problem(400, "Request data must be an array of objects")
        rows = cast("list[JsonObject]", body)
        if not rows:
            raise problem(400, "Request data can not be empty")
        if len(rows) > BATCH_MOST:
            raise problem(422)
        annotate_records(self.request, len(rows))
        return rows

    def row(self) -> JsonObject:
        """Return the one object of a body.

        Raises:
            VendorError: it is something else.
        """
        body = self.document()
        if not isinstance(body, dict):
            raise problem(400, "Request data must be an object")
        annotate_records(self.request, 1)
        return cast("JsonObject", body)
