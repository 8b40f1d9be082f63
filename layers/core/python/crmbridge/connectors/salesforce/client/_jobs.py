"""Bulk API 2.0 jobs: made, fed, begun, looked at, ended, and their results.

Source: Salesforce Bulk API 2.0 guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

import httpx

from crmbridge.connectors._http import server_time
from crmbridge.connectors.salesforce.client._api import ROOT, WRITE_HEADERS, Api, Row
from crmbridge.connectors.salesforce.client._errors import PROVIDER
from crmbridge.errors import FatalProviderError, RetriableProviderError

Kind: TypeAlias = Literal["query", "ingest"]
UPLOAD_MAX: Final = 100 * 1024 * 1024
"""Bytes of an upload that are certain to be below 150 MB in base64."""

RUNNING: Final = frozenset({"UploadComplete", "InProgress"})
COMPLETE: Final = "JobComplete"
UNKNOWN: Final = ""
"""State of a job that Salesforce does not know (any more): results are kept for seven days."""


@dataclass(frozen=True, slots=True)
class Results:
    """One page of a query job's answer.

    Attributes:
        locator: names the next page, empty on the last.
        count: rows in it, as Salesforce says.
    """

    text: str
    locator: str
    count: int
    server_time: datetime | None


class Jobs:
    """Speaks of one org's jobs."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def make(self, kind: Kind, body: Mapping[str, str]) -> tuple[str, datetime | None]:
        """Make a job; returns its id and the answering server's clock.

        Raises:
            RetriableProviderError: the answer names no job.
        """
        response = self._api.send("POST", f"{ROOT}/jobs/{kind}", json=dict(body), headers=WRITE_HEADERS)
        job_id = str(self._api.object_of(response).get("id") or "")
        if not job_id.isalnum():
            raise RetriableProviderError("salesforce made a job without an id", provider=PROVIDER)
        return job_id, server_time(response)

    def state(self, kind: Kind, job_id: str) -> str:
        """Return a job's state in Salesforce's words, ``UNKNOWN`` when there is no such job."""
        try:
            return str(self._api.get(f"{ROOT}/jobs/{kind}/{job_id}").get("state") or UNKNOWN)
        except FatalProviderError as error:
            if error.status == 404:
                return UNKNOWN
            raise

    def upload(self, job_id: str, data: bytes) -> None:
        """Give a job its rows.

        Raises:
            FatalProviderError: they are too many for one upload, or the job takes none.
        """
        if len(data) > UPLOAD_MAX:
            raise FatalProviderError("the upload is too large", provider=PROVIDER, code="LOAD_TOO_LARGE")
        headers = {"content-type": "text/csv; charset=UTF-8"}
        self._api.send("PUT", f"{ROOT}/jobs/ingest/{job_id}/batches", content=data, headers=headers)

    def move(self, kind: Kind, job_id: str, state: Literal["UploadComplete", "Aborted"]) -> Row:
        """Begin or abort a job."""
        path = f"{ROOT}/jobs/{kind}/{job_id}"
        return self._api.object_of(self._api.send("PATCH", path, json={"state": state}, headers=WRITE_HEADERS))

    def results(self, job_id: str, *, locator: str, size: int) -> Results:
        """Return a page of a query job's answer.

        Raises:
            RetriableProviderError: the answer does not say how many rows it has.
        """
        params = {"maxRecords": str(size)} | ({"locator": locator} if locator else {})
        response = self._api.send(
            "GET", f"{ROOT}/jobs/query/{job_id}/results", params=params, headers={"accept": "text/csv"}
        )
        count, following = response.headers.get("sforce-numberofrecords", ""), response.headers.get("sforce-locator")
        if not count.isdigit():
            raise RetriableProviderError("salesforce answered results without a count", provider=PROVIDER)
        return Results(
            _utf8(response), "" if following in (None, "null") else following, int(count), server_time(response)
        )


def _utf8(response: httpx.Response) -> str:
    try:
        return response.content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RetriableProviderError("salesforce answered results that are no UTF-8", provider=PROVIDER) from error
