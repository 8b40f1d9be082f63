"""Bulk upserts: a job of up to 100 rows that runs in the background.

A job's answer counts what failed and may or may not name it, and never tells ids. So a job only makes things faster:
what it did is read back from the view that shows the latest changes first, and every row that is not seen there as it
was sent is written singly, which tells its fate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from crmbridge.connectors.freshsales.client._api import Api
from crmbridge.connectors.freshsales.client._listing import Lister
from crmbridge.connectors.freshsales.mapping.rules import ModuleRule, Row
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import Sleep

BULK_MIN = 8
"""Rows from which a job pays: it costs four calls or so whatever its size."""

PAUSES_S = (0.25, 0.5, 1.0, 1.0, 2.0, 2.0, 3.0)
"""Before each look at a job; together some ten seconds, after which rows are written singly."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BEFORE = timedelta(seconds=2)
_PAGES_MAX = 3
_REFUSED_WHOLE = frozenset({400, 404, 405, 422})
_ENDED = ("SUCCESS", "COMPLETED", "DONE", "FINISHED", "FAIL", "ERROR", "ABORT", "CANCEL")


class Bulk:
    """Runs jobs in one account."""

    def __init__(self, api: Api, lister: Lister, sleep: Sleep) -> None:
        self._api, self._lister, self._sleep = api, lister, sleep

    def run(self, rule: ModuleRule, rows: Sequence[Mapping[str, Any]]) -> tuple[Row, ...]:
        """Run a job to its end and return the rows that changed since it began.

        Returns:
            The latest rows of the module's views; nothing when Freshsales took no such job.

        Raises:
            RetriableProviderError: the vendor is busy or gave no usable answer.
        """
        newest = self._lister.newest_at(rule)
        try:
            said = self._api.send("POST", f"/{rule.plural}/bulk_upsert", {rule.plural: list(rows)})
        except FatalProviderError as error:
            if error.status in _REFUSED_WHOLE:
                return ()
            raise
        self._wait(str(said.get("job_status_url") or ""))
        if newest is None:
            return self._lister.recent(rule, _EPOCH, pages_max=_PAGES_MAX)
        return self._lister.recent(rule, newest - _BEFORE, pages_max=_PAGES_MAX)

    def _wait(self, url: str) -> None:
        """Look at a job until it ends, or for as long as a worker can wait.

        What cannot be looked at is waited for no longer: reading back tells what has been done.
        """
        for pause_s in PAUSES_S if url else ():
            self._sleep(pause_s)
            try:
                said = self._api.get(url)
            except (FatalProviderError, RetriableProviderError):
                return
            if str(said.get("status") or "").upper().startswith(_ENDED):
                return
