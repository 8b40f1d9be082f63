"""Pipelines and their statuses. 142 and 143 are won and lost in each of them."""

from __future__ import annotations

from typing import Any

from sandbox.kommo.setup import ACCOUNT_ID

JsonObject = dict[str, Any]
WON, LOST = 142, 143
MOST_PIPELINES, MOST_STATUSES = 50, 100
_OPEN = ("Initial contact", "Discussions", "Decision making", "Contract discussion")


class PipelineBook:
    """Pipelines by id, in the order of their ``sort``."""

    def __init__(self) -> None:
        """Start with the pipeline that every new account has."""
        self._last_id = 8_572_511
        self._last_status_id = 67_548_603
        self.pipelines: dict[int, JsonObject] = {}
        self.add("Pipeline", _OPEN, is_main=True)

    def add(self, name: str, statuses: tuple[str, ...], *, is_main: bool = False) -> JsonObject:
        """Add a pipeline with its incoming, own and two final statuses.

        Raises:
            ValueError: there are as many as an account may have.
        """
        if len(self.pipelines) >= MOST_PIPELINES or len(statuses) + 3 > MOST_STATUSES:
            message = f"an account has up to {MOST_PIPELINES} pipelines of {MOST_STATUSES} stages"
            raise ValueError(message)
        self._last_id += 8
        pipeline_id = self._last_id
        rows = [self._status(pipeline_id, "Incoming leads", 10, kind=1)]
        rows += [self._status(pipeline_id, each, 20 + 10 * place) for place, each in enumerate(statuses)]
        rows.append(self._status(pipeline_id, "Closed - won", 10_000, status_id=WON))
        rows.append(self._status(pipeline_id, "Closed - lost", 11_000, status_id=LOST))
        pipeline = {
            "id": pipeline_id,
            "name": name,
            "sort": len(self.pipelines) + 1,
            "is_main": is_main,
            "is_unsorted_on": True,
            "is_archive": False,
            "account_id": ACCOUNT_ID,
            "statuses": rows,
        }
        self.pipelines[pipeline_id] = pipeline
        return pipeline

    @property
    def main(self) -> JsonObject:
        """The pipeline that leads go to when none is named."""
        return next(each for each in self.pipelines.values() if each["is_main"])

    def has(self, pipeline_id: object, status_id: object) -> bool:
        """Tell whether a pipeline has a status that leads can be put into."""
        pipeline = self.pipelines.get(pipeline_id) if isinstance(pipeline_id, int) else None
        rows: list[JsonObject] = [] if pipeline is None else pipeline["statuses"]
        return any(each["id"] == status_id and each["type"] == 0 for each in rows)

    def first_status(self, pipeline_id: int) -> int:
        """Return the status of a lead that names none."""
        rows = self.pipelines[pipeline_id]["statuses"]
        return int(next(each["id"] for each in rows if each["type"] == 0))

    def incoming_status(self, pipeline_id: int) -> int:
        """Return the status of leads nobody has accepted yet."""
        return int(next(each["id"] for each in self.pipelines[pipeline_id]["statuses"] if each["type"] == 1))

    def _status(self, pipeline_id: int, name: str, sort: int, *, kind: int = 0, status_id: int = 0) -> JsonObject:
        if not status_id:
            self._last_status_id += 4
            status_id = self._last_status_id
        return {
            "id": status_id,
            "name": name,
            "sort": sort,
            "is_editable": status_id not in {WON, LOST} and kind == 0,
            "pipeline_id": pipeline_id,
            "color": "#99ccff",
            "type": kind,
            "account_id": ACCOUNT_ID,
        }
