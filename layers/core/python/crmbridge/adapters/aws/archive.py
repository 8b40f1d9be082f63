"""The archive of history in S3."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmbridge.adapters._archive_lines import context_of, lines_of, objects_of, prefix_of
from crmbridge.adapters.aws._faults import repairable
from crmbridge.adapters.aws.envelope import Envelope, seal, unseal
from crmbridge.ports.archive import ArchivedLine

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_OWN_KEY = b"record"
"""Stands where an envelope holds a wrapped key: the key of a line lies in the control table."""


class S3Archive:
    """Writes one object for each workspace and day of a batch.

    Args:
        bucket: encrypted and versioned; see template.yaml.
    """

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, lines: Sequence[ArchivedLine]) -> int:
        """Store lines; see ``Archive``.

        Raises:
            ConfigurationError: the bucket does not exist or may not be written to.
        """
        written = 0
        for name, content in objects_of(lines, _sealed):
            with repairable(f"bucket {self._bucket}"):
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=name,
                    Body=content,
                    ContentType="application/x-ndjson",
                    ContentEncoding="gzip",
                )
            written += 1
        return written

    def read(self, workspace_id: str, record_id: str, *, days: Sequence[str], key: bytes) -> Iterator[dict[str, Any]]:
        """Yield a record's lines of some days; see ``Archive``.

        Raises:
            ConfigurationError: the bucket may not be read, or the key is another one.
        """
        seen: set[str] = set()
        for day in days:
            for name in self._names(prefix_of(workspace_id, day)):
                for line in lines_of(self._content(name), record_id):
                    if line["id"] not in seen:
                        seen.add(line["id"])
                        yield _opened(line, key)

    def _names(self, prefix: str) -> list[str]:
        names: list[str] = []
        token: dict[str, Any] = {}
        while True:
            with repairable(f"bucket {self._bucket}"):
                page = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, **token)
            names += [each["Key"] for each in page.get("Contents", []) if "Key" in each]
            if not page.get("IsTruncated"):
                return names
            token = {"ContinuationToken": page.get("NextContinuationToken", "")}

    def _content(self, name: str) -> bytes:
        with repairable(f"bucket {self._bucket}"):
            return self._client.get_object(Bucket=self._bucket, Key=name)["Body"].read()


def _sealed(text: str, key: bytes, context: Mapping[str, str]) -> str:
    return seal(text, key=key, wrapped_key=_OWN_KEY, context=context).to_text()


def _opened(line: dict[str, Any], key: bytes) -> dict[str, Any]:
    sealed = Envelope.from_text(line.pop("sealed"))
    values: dict[str, Any] = json.loads(unseal(sealed, key=key, context=context_of(line.pop("id"))))
    told = {name: value for name, value in line.items() if name != "record_id"}
    return {**told, **values}
