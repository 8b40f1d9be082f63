"""Talks to the control surface of one simulated CRM; such calls never count as the integration's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import httpx

from local.errors import LocalError

JsonObject = dict[str, Any]
_TIMEOUT_S = 60.0


class Control:
    """One simulated CRM from behind its screens."""

    def __init__(self, crm: str, url: str, *, transport: httpx.BaseTransport | None = None) -> None:
        """Address it.

        Args:
            crm: the connector's name.
            url: of the control surface, without a trailing slash.
            transport: for a sandbox in this process; over the network without.
        """
        self.crm = crm
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT_S, trust_env=False, transport=transport)

    def close(self) -> None:
        """Free the connections."""
        self._http.close()

    def state(self, entity: str, *, ids: Sequence[str] = ()) -> list[JsonObject]:
        """Return the rows of one object, all of them or some by id.

        Raises:
            LocalError: the sandbox does not answer, or knows no such object.
        """
        body = self._call("GET", "/state", params=[("entity", entity), *(("id", each) for each in ids)])
        rows = cast("list[JsonObject]", body[entity])
        wanted = set(ids)
        return [row for row in rows if not wanted or str(row.get("id") or row.get("Id") or "") in {*wanted, ""}]

    def part(self, name: str) -> JsonObject:
        """Return a part of what is stored that is no list of rows.

        Raises:
            LocalError: the sandbox does not answer, or has no such part.
        """
        return self._call("GET", "/state", params=[("entity", name)])[name]

    def seed(self, body: Mapping[str, Any]) -> JsonObject:
        """Store records, or act as a person, as the sandbox's COVERAGE.md describes.

        Raises:
            LocalError: the sandbox refused; nothing was stored.
        """
        return self._call("POST", "/seed", json=body)

    def set(self, what: str, wanted: Mapping[str, Any]) -> JsonObject:
        """Change settings of the account that people have in their screens, such as ``options``.

        Raises:
            LocalError: the sandbox does not know such settings.
        """
        return self._call("POST", f"/{what}", json=wanted)

    def now_ms(self) -> int:
        """Return what time it is in the CRM, epoch milliseconds."""
        said = str(self._call("GET", "/clock")["now"])
        return round(datetime.fromisoformat(said.replace("Z", "+00:00")).timestamp() * 1000)

    def disturb_webhooks(self, rules: Mapping[str, Any]) -> dict[str, int]:
        """Change how webhooks are delivered; return what became of them so far.

        Raises:
            LocalError: the sandbox does not know such rules.
        """
        return self._call("POST", "/webhooks", json=rules)["counts"]

    def webhook_counts(self) -> dict[str, int]:
        """Return what became of webhooks: published, dropped, duplicated, delivered, pending, in flight."""
        return self._call("GET", "/webhooks", params={"limit": 0})["counts"]

    def calls(self) -> JsonObject:
        """Return the log of calls: ``total`` and the last thousand."""
        return self._call("GET", "/calls")

    def add_faults(self, faults: Sequence[Mapping[str, Any]]) -> None:
        """Let calls fail from now on."""
        self._http.post("/faults", json=list(faults)).raise_for_status()

    def fault_hits(self) -> int:
        """Count the calls that faults have hit since they were last cleared."""
        faults: list[JsonObject] = self._http.get("/faults").raise_for_status().json()
        return sum(int(fault["hits"]) for fault in faults)

    def clear_faults(self) -> None:
        """Let every call succeed again."""
        self._http.delete("/faults").raise_for_status()

    def _call(self, method: str, path: str, **options: Any) -> JsonObject:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            message = f"the simulated {self.crm} does not answer: {error}"
            raise LocalError(message) from error
        if answer.is_error:
            message = f"{method} {path} at the simulated {self.crm} answered {answer.status_code}: {answer.text[:600]}"
            raise LocalError(message)
        return cast("JsonObject", answer.json())
