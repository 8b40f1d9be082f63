"""What every command works with: the API, and where it reads and writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO, cast

from cli.api import Api

OK, REFUSED, WRONG, UNREACHABLE, BAD, INTERRUPTED = 0, 1, 2, 3, 4, 130
"""Exit codes; argparse itself ends with 2."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One run of the command line.

    Attributes:
        as_json: print objects, one a line, in place of tables.
        sleep: waits that many seconds.
    """

    api: Api
    read: TextIO
    write: TextIO
    progress: TextIO
    sleep: Callable[[float], None]
    as_json: bool = False

    def say(self, text: str = "") -> None:
        """Print a line of the result."""
        print(text, file=self.write)

    def tell(self, text: str) -> None:
        """Print a line that is no part of the result."""
        print(text, file=self.progress, flush=True)

    def show(self, rows: Sequence[Mapping[str, Any]], /, **columns: str) -> None:
        """Print rows as a table, or each as JSON.

        Args:
            rows: what was found.
            columns: heading by key; a key may lead inwards, its parts joined by ``__``.
        """
        if self.as_json:
            for row in rows:
                self.say(json.dumps(row, ensure_ascii=False))
            return
        lines = [list(columns.values()), *([text(_inner(row, key)) for key in columns] for row in rows)]
        widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
        for line in lines:
            padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.say("  ".join(padded).rstrip())


def _inner(row: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401 - JSON
    value: Any = row
    for part in key.split("__"):
        value = cast("dict[str, Any]", value).get(part) if isinstance(value, dict) else None
    return value


def text(value: object) -> str:
    """Return a value as a table shows it.

    Example:
        >>> text(None), text(["a", "b"]), text(True)
        ('-', 'a, b', 'yes')
    """
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(text(each) for each in cast("list[object]", value)) or "-"
    return " ".join(str(value).split())
