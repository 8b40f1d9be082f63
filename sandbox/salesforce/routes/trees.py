"""Trees of new records: parents with their children, all of them or none."""

from __future__ import annotations

from typing import Any, cast

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Answer, Call, JsonObject, mapping
from sandbox.salesforce.errors import BadJsonError, SalesforceError, required_missing
from sandbox.salesforce.given import Writer
from sandbox.salesforce.routes.finding import object_at
from sandbox.salesforce.routes.route import Route
from sandbox.salesforce.saving import create
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.view import View

MAX_RECORDS = 200
MAX_DEPTH = 5


def create_tree(api: Api, call: Call, name: str) -> Answer:
    """Create up to 200 records in trees: 201, or 400 and nothing stored."""
    view = api.view(call)
    sobject = object_at(view, name)
    records = call.object().get("records")
    if not isinstance(records, list) or not records:
        raise required_missing(["records"])
    planter = _Planter(view, api.writer(call))
    start = api.org.journal.mark()
    for record in cast("list[JsonObject]", records):
        planter.plant(sobject, record, parent=None, depth=1)
    if planter.errors:
        api.org.journal.roll_back(start)
        return Answer(status=400, body={"hasErrors": True, "results": planter.errors})
    return Answer(status=201, body={"hasErrors": False, "results": planter.results}, records=len(planter.results))


class _Planter:
    """Creates records and gathers what became of them."""

    def __init__(self, view: View, writer: Writer) -> None:
        self._view, self._writer = view, writer
        self.results: list[JsonObject] = []
        self.errors: list[JsonObject] = []

    def plant(self, sobject: SObject, record: JsonObject, *, parent: tuple[Field, str] | None, depth: int) -> None:
        reference_id = str(mapping(record.get("attributes")).get("referenceId") or "")
        if not reference_id:
            raise BadJsonError("Each record needs attributes with a referenceId at [line:1, column:2]")
        if depth > MAX_DEPTH or len(self.results) >= MAX_RECORDS:
            raise SalesforceError("LIMIT_EXCEEDED", "A tree holds at most 200 records on 5 levels")
        fields = {name: value for name, value in record.items() if not _is_branch(value)}
        if parent is not None:
            fields[parent[0].name] = parent[1]
        try:
            record_id = create(self._writer, sobject, fields)
        except BadJsonError:
            raise
        except SalesforceError as error:
            self.errors.append({"referenceId": reference_id, "errors": [error.as_row()]})
            return
        self.results.append({"referenceId": reference_id, "id": record_id})
        branches = {name: value["records"] for name, value in record.items() if _is_branch(value)}
        self._branch(sobject, record_id, branches, depth=depth + 1)

    def _branch(self, sobject: SObject, record_id: str, branches: JsonObject, *, depth: int) -> None:
        for name, records in branches.items():
            child, made = _relationship(self._view, sobject, name)
            for each in cast("list[JsonObject]", records):
                self.plant(child, each, parent=(made, record_id), depth=depth)


def _is_branch(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(cast("JsonObject", value).get("records"), list)


def _relationship(view: View, parent: SObject, name: str) -> tuple[SObject, Field]:
    for table in view.tables.values():
        for made in table.sobject.fields.values():
            if (parent.name, name) in made.children:
                return table.sobject, made
    raise SalesforceError("INVALID_FIELD", f"No such relation '{name}' on entity '{parent.name}'")


ROUTES = (Route("POST", "/composite/tree/<name>", create_tree),)
