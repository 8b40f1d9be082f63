"""Rows of bulk jobs: CSV as Salesforce writes and reads it, and the JSON rows that it stands for.

Source: Salesforce Bulk API 2.0 guide, preparing CSV files and results of query jobs.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesforce.mapping.schema import Schema

EMPTIES = "#N/A"
"""A cell that empties its field; an empty cell leaves it as it is."""


def read_rows(text: str, schema: Schema) -> list[dict[str, Any]]:
    """Return the rows of a query job's answer as the REST API says them.

    Raises:
        ValueError: a cell is no value of its field's type, or a row has another number of cells than the header.
    """
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(lines, list[str]())
        readers = [_READERS.get(shape.type if (shape := schema.shapes.get(name)) else "", _text) for name in header]
        return [
            {name: read(cell) if cell else None for name, read, cell in zip(header, readers, line, strict=True)}
            for line in lines
            if line
        ]
    except csv.Error as error:
        raise ValueError(f"no CSV: {error}") from error


def write_rows(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return new rows as the CSV of an upload with ``LF`` for line ends; what has no value is left empty.

    Example:
        >>> print(write_rows([{"LastName": "O, Hara", "DoNotCall": True}, {"LastName": "Lu", "Title": None}]).decode())
        LastName,DoNotCall,Title
        "O, Hara",true,
        Lu,,
        <BLANKLINE>
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue().encode()


def can_be_told(row: Mapping[str, Any]) -> bool:
    """Tell whether a row's values mean in CSV what they mean in JSON."""
    return EMPTIES not in row.values() and not any(isinstance(value, (dict, list)) for value in row.values())


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _text(cell: str) -> object:
    return cell


def _boolean(cell: str) -> object:
    if cell.lower() not in ("true", "false"):
        raise ValueError(f"{cell[:40]!r} is no truth value")
    return cell.lower() == "true"


def _whole(cell: str) -> object:
    return int(float(cell))


def _moment(cell: str) -> object:
    """Return a time in the REST API's spelling, which is what versions are compared by."""
    at = values.moment(cell)
    if at is None:
        return None
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


_READERS: Mapping[str, Callable[[str], object]] = {
    "boolean": _boolean,
    "int": _whole,
    "double": float,
    "currency": float,
    "percent": float,
    "datetime": _moment,
}
