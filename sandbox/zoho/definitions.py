"""Fields, layouts, pipelines, tags and roles: what an organisation is made of."""

from __future__ import annotations

from typing import Any

from sandbox.zoho.answers import batch, needed
from sandbox.zoho.calls import Answer, Call
from sandbox.zoho.custom_fields import create_fields
from sandbox.zoho.errors import invalid_data
from sandbox.zoho.layout import LAYOUT, LAYOUT_ID
from sandbox.zoho.modules import PIPELINE, STAGES
from sandbox.zoho.org import ROLES, Org

JsonObject = dict[str, Any]


class Definitions:
    """Answers calls about definitions."""

    def __init__(self, org: Org) -> None:
        """Work in ``org``."""
        self._org = org

    def fields(self, call: Call) -> Answer:
        """List the fields of a module."""
        table = self._org.table(needed(call, "module"))
        return Answer(body={"fields": [each.as_json() for each in table.module.fields.values()]})

    def create_fields(self, call: Call) -> Answer:
        """Make custom fields."""
        rows = create_fields(self._org, self._org.table(needed(call, "module")), call.body)
        return batch(self._org, "fields", rows, ok=201)

    def layouts(self, call: Call) -> Answer:
        """List the layouts of a module: one."""
        self._org.table(needed(call, "module"))
        return Answer(body={"layouts": [LAYOUT]})

    def pipelines(self, call: Call) -> Answer:
        """List the deal pipelines of a layout."""
        if needed(call, "layout_id") != LAYOUT_ID:
            raise invalid_data("the layout_id given seems to be invalid", param_name="layout_id")
        if not self._org.options.pipelines:
            return Answer(body=None)
        maps = [
            {
                "display_value": each["display_value"],
                "sequence_number": place,
                "forecast_category": each["forecast_category"],
                "actual_value": each["actual_value"],
                "id": f"41508680000000068{place:02d}",
                "forecast_type": each["forecast_type"],
            }
            for place, each in enumerate(STAGES, start=1)
        ]
        row = {"display_value": PIPELINE, "actual_value": PIPELINE, "default": True, "maps": maps}
        return Answer(body={"pipeline": [{**row, "id": "4150868000000006900"}]})

    def tags(self, call: Call) -> Answer:
        """List the tags of a module."""
        module = self._org.table(needed(call, "module")).module.name
        rows = [{"name": name, "id": key, "color_code": None} for name, key in self._org.tags[module].items()]
        return Answer(body={"tags": rows, "info": {"count": len(rows), "allowed_count": 100}})

    def roles(self, _call: Call) -> Answer:
        """List the roles contacts can have."""
        return Answer(body={"contact_roles": ROLES})
