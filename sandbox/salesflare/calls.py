"""One vendor call on its way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from werkzeug.wrappers import Request

from sandbox._calls import annotate_object, annotate_records
from sandbox.salesflare.errors import invalid, refusal
from sandbox.salesflare.team import Team
from sandbox.salesflare.writing import Writer

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A request, the team it is about, and the parameters of its path."""

    request: Request
    team: Team
    params: Mapping[str, str]

    @property
    def writer(self) -> Writer:
        """What writes this team's records."""
        return Writer(self.team)

    def id(self, name: str = "id") -> int:
        """Return a number of the path.

        Raises:
            VendorError: 400, it is no number.
        """
        text = self.params[name]
        if not text.isdigit():
            raise invalid("params", name, f'"{name}" must be a number', "number", "base")
        return int(text)

    def row(self, table: str, name: str = "id") -> JsonObject:
        """Return the row that the path names.

        Raises:
            VendorError: 404.
        """
        return self.team.row(table, self.id(name))

    def json(self) -> object:
        """Return the body.

        Raises:
            VendorError: 400, it is not JSON; 415 another content type.
        """
        if self.request.mimetype != "application/json":
            raise refusal(415, "Unsupported Media Type")
        try:
            return json.loads(self.request.get_data())
        except ValueError:
            raise refusal(400, "Invalid request payload JSON format") from None

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a truth value of the query string.

        Raises:
            VendorError: 400.
        """
        text = self.request.args.get(name)
        if text is None:
            return default
        if text not in ("true", "false"):
            raise invalid("query", name, f'"{name}" must be a boolean', "boolean", "base")
        return text == "true"

    def note(self, table: str, records: int) -> None:
        """Tell the log what this call was about."""
        annotate_object(self.request, table)
        annotate_records(self.request, records)


def listed(body: object) -> list[tuple[str, object]]:
    """Return the rows of a body that may be a list or one row, each with its path in error messages."""
    if not isinstance(body, list):
        return [("", body)]
    return [(str(place), each) for place, each in enumerate(cast("list[object]", body))]


def single(rows: list[JsonObject], body: object) -> object:
    """Return rows as the vendor answers a body that may be a list: one row is answered by itself."""
    is_list = isinstance(body, list)
    return rows if is_list and len(rows) != 1 else rows[0]
