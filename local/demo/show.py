"""What the demo shows while it runs: moving bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

_PLAIN_LINE_EVERY_S = 5.0
_PLAIN_WIDTH = 110


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence lists them.

    Example:
        >>> listed(["HubSpot", "Kommo"]), listed(["HubSpot", "Kommo", "Zoho CRM"])
        ('HubSpot and Kommo', 'HubSpot, Kommo and Zoho CRM')
    """
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


class Bar(Protocol):
    """Something that moves while work is done."""

    def move(self, done: int, *, total: int | None = None, note: str = "") -> None:
        """Show how far it is; a note tells what is going on."""
        ...


class Screen:
    """Writes to one console; every act of the demo talks through it."""

    def __init__(self, console: Console | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console or Console(highlight=False)
        if not self._console.is_terminal:
            self._console.width = max(self._console.width, _PLAIN_WIDTH)
        self._clock = clock
        self._started_s = clock()

    @property
    def seconds(self) -> float:
        """Seconds since the demo began."""
        return self._clock() - self._started_s

    def act(self, number: int, title: str) -> None:
        """Begin an act."""
        self._console.print(f"\n[bold cyan]{number}  {title}[/]  [dim]{self.seconds:5.1f} s[/]")

    def say(self, text: str) -> None:
        """Print a line of plain text; nothing in it is markup."""
        self._console.print(f"   {text}", markup=False)

    def verdict(self, text: str, *, holds: bool) -> None:
        """Print whether something holds."""
        self._console.print("   ok  " if holds else "   NO  ", style="green" if holds else "bold red", end="")
        self._console.print(text, markup=False)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print a table; numbers stand to the right."""
        table = Table(title=title, title_justify="left", title_style="bold", header_style="dim", expand=False)
        listed = [list(row) for row in rows]
        for place, column in enumerate(columns):
            numeric = bool(listed) and all(isinstance(row[place], int | float) for row in listed)
            table.add_column(column, justify="right" if numeric else "left", overflow="fold")
        for row in listed:
            table.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
        self._console.print(table, markup=False)

    @contextmanager
    def phase(self, what: str) -> Generator[None]:
        """Show that something goes on until the block ends, and then how long it took."""
        began_s = self._clock()
        if self._console.is_terminal:
            with self._console.status(f"   {what} …"):
                yield
        else:
            self.say(f"{what} …")
            yield
        self.say(f"{what}: {self._clock() - began_s:.1f} s")

    @contextmanager
    def bar(self, title: str, *, total: int) -> Generator[Bar]:
        """Show work in progress until the block ends."""
        if not self._console.is_terminal:
            plain = _PlainBar(self, title, total=total, clock=self._clock)
            yield plain
            plain.finish()
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=36),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[note]}"),
        )
        with Progress(*columns, console=self._console, refresh_per_second=8) as progress:
            task = progress.add_task(title, total=total, note="")

            class _Rich:
                def move(self, done: int, *, total: int | None = None, note: str = "") -> None:
                    progress.update(task, completed=done, total=total, note=note)

            yield _Rich()


class _PlainBar:
    """Prints a line now and then, and one at the end."""

    def __init__(self, screen: Screen, title: str, *, total: int, clock: Callable[[], float]) -> None:
        self._screen, self._title, self._total, self._clock = screen, title, total, clock
        self._done, self._note = 0, ""
        self._printed_s = float("-inf")

    def move(self, done: int, *, total: int | None = None, note: str = "") -> None:
        self._done, self._note = done, note
        self._total = self._total if total is None else total
        if self._clock() - self._printed_s >= _PLAIN_LINE_EVERY_S:
            self._print()

    def finish(self) -> None:
        self._print()

    def _print(self) -> None:
        self._printed_s = self._clock()
        share = f" ({100 * self._done // self._total} %)" if self._total else ""
        tail = f"  {self._note}" if self._note else ""
        self._screen.say(f"{self._title}: {self._done:,} of {self._total:,}{share}{tail}")
