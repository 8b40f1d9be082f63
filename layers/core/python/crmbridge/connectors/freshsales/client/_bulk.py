"""Bulk upserts: a job of up to 100 rows that runs in the background.

A job's answer counts what failed and may or may not name it, and never tells ids. So a job only makes things faster:
what it did is read back from the view that shows the latest changes first, and every row that is not seen there as it
was sent is written singly, which tells its fate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from crmbridge.connectors.freshsales import EXTERNAL_ID
from crmbridge.connectors.freshsales.client._api import Api
from crmbridge.connectors.freshsales.client._listing import Lister
from crmbridge.connectors.freshsales.mapping.rule_types import ModuleRule, Row
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import Sleep

BULK_MIN = 8
"""Rows from which a job pays: it costs three calls or so whatever its size."""

PAUSES_S = (1.0, 1.0, 1.0, 2.0, 2.0, 3.0)
"""Before each look at a job; together ten seconds, after which rows are written singly. A look is a call of a thousand
in an hour, so the first is not hurried."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BEFORE = timedelta(seconds=2)
_CLOCKS_DIFFER = timedelta(minutes=1)
_PAGES_MAX = 3
_REFUSED_WHOLE = frozenset({400, 404, 405, 422})
_ENDED = ("SUCCESS", "COMPLETED", "DONE", "FINISHED", "FAIL", "ERROR", "ABORT", "CANCEL")


class Bulk:
    """Runs jobs in one account."""

    def __init__(self, api: Api, lister: Lister, sleep: Sleep) -> None:
        self._api, self._lister, self._sleep = api, lister, sleep

    def run(self, rule: ModuleRule, rows: Sequence[Mapping[str, Any]]) -> tuple[Row, ...]:
        """Run a job to its end and return the rows that changed since it began.

        Given up between its calls, a job would leave a hundred rows that have to be looked for one by one.

        Returns:
            The latest rows of the module's views; nothing when Freshsales took no such job.

        Raises:
            RetriableProviderError: the vendor is busy or gave no usable answer.
        """
        with self._api.completing():
            return self._run(rule, rows)

    def _run(self, rule: ModuleRule, rows: Sequence[Mapping[str, Any]]) -> tuple[Row, ...]:
        since = self._now(rule)
        try:
            said = self._api.send("POST", f"/{rule.plural}/bulk_upsert", {rule.plural: list(rows)})
        except FatalProviderError as error:
            if error.status in _REFUSED_WHOLE:
                return ()
            raise
        self._wait(str(said.get("job_status_url") or ""))
        wanted = {str(row.get(EXTERNAL_ID) or row.get("id")) for row in rows}
        return self._lister.recent(rule, since, pages_max=_PAGES_MAX, wanted=wanted)

    def _now(self, rule: ModuleRule) -> datetime:
        """Return a moment of the vendor's clock that is not later than now; costs a call where no answer told it."""
        if self._api.server_time is not None:
            return self._api.server_time - _CLOCKS_DIFFER
        newest = self._lister.newest_at(rule)
        return _EPOCH if newest is None else newest - _BEFORE

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
