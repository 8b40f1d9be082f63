"""Uploaded CSV of a bulk job, read as strictly as the vendor says, and the three result files.

Source: Bulk API 2.0 guide, "Prepare CSV Files", "Limits".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.salesforce.jobs import DELIMITERS, LINE_ENDINGS, Job

HEADER_MAX = 32_000
RECORD_MAX = 400_000
FIELD_MAX = 131_072
COLUMNS_MAX = 5_000

csv.field_size_limit(RECORD_MAX)


class UploadError(Exception):
    """The whole upload is refused.

    Attributes:
        rows: its lines, as far as they could be read; none of them was processed.
    """

    def __init__(self, message: str, *, rows: list[list[str]] | None = None) -> None:
        """Describe why, in the job's ``errorMessage``."""
        super().__init__(message)
        self.rows = rows or []


def read_upload(text: str, options: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Return header and lines.

    Raises:
        UploadError: nothing there, another line ending than the job says, a line that fits no header, or too long.
    """
    ending = str(options.get("lineEnding", "LF"))
    head = text.partition("\n")[0]
    if not head.strip():
        raise UploadError("InvalidBatch : The file contains no header row.")
    if head.endswith("\r") is not (ending == "CRLF"):
        raise UploadError(
            f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {ending}"
        )
    if len(head) > HEADER_MAX:
        raise UploadError("InvalidBatch : The header row is longer than 32,000 characters.")
    delimiter = DELIMITERS[str(options.get("columnDelimiter", "COMMA"))]
    try:
        lines = list(csv.reader(_lines(text, LINE_ENDINGS[ending]), delimiter=delimiter, strict=True))
    except csv.Error as problem:
        raise UploadError(f"ClientInputError : The CSV could not be parsed: {problem}") from problem
    header, rows = lines[0], [line for line in lines[1:] if line]
    if len(header) > COLUMNS_MAX or any(len(line) != len(header) for line in rows):
        raise UploadError("InvalidBatch : A row has another number of columns than the header.", rows=rows)
    if any(max(map(len, line)) > FIELD_MAX or sum(map(len, line)) > RECORD_MAX for line in rows):
        raise UploadError("InvalidBatch : A record or a field is too long.", rows=rows)
    return header, rows


def _lines(text: str, ending: str) -> io.StringIO:
    """Return the text for a reader of lines that end in LF; line ends within quotes stay as they are."""
    return io.StringIO(text if ending == "\n" else text.replace(ending, "\n"), newline="")


def result_file(job: Job, name: str) -> bytes:
    """Return one of ``successfulResults``, ``failedResults`` and ``unprocessedrecords`` as CSV."""
    first, lines = {
        "successfulResults": (["sf__Id", "sf__Created"], job.good),
        "failedResults": (["sf__Id", "sf__Error"], job.bad),
    }.get(name, ([], job.work[::-1]))
    return as_csv([[*first, *job.header], *lines])


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Write rows as the vendor does: every cell in quotes."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue().encode()
