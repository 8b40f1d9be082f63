"""Reads a workspace's own rules from JSON and says everything that is wrong with them, by field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar, cast

from crmbridge.domain.sales.facts import number
from crmbridge.errors import RequestRejectedError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        field: where, as one would type it: ``factors[2].weight``; empty for the rules as a whole.
        says: what is wrong and what is expected, to follow the field's name.
    """

    field: str
    says: str

    def __str__(self) -> str:
        return f"{self.field or 'the rules'} {self.says}"


class Form:
    """One JSON object being read: each question notes what is wrong and answers something usable.

    Args:
        data: as it came, of any shape.
        path: where it stands in the whole.
        problems: collects what is wrong.
    """

    def __init__(self, data: object, path: str, problems: list[Problem]) -> None:
        self._path = path
        self._problems = problems
        self._asked: set[str] = set()
        self._data: Mapping[str, object] = {}
        if isinstance(data, Mapping):
            self._data = cast("Mapping[str, object]", data)
        else:
            problems.append(Problem(path, "must be an object with named fields"))

    def has(self, name: str) -> bool:
        """Tell whether a field is there at all."""
        return name in self._data

    def wrong(self, name: str, says: str) -> None:
        """Note that something is wrong with a field, or with the whole object for an empty name."""
        self._problems.append(Problem(self._at(name), says))

    def raw(self, name: str, default: object = None) -> object:
        """Return a field as it came."""
        self._asked.add(name)
        return self._data.get(name, default)

    def whole(self, name: str, *, low: int, high: int, default: int | None = None) -> int:
        """Return a whole number within bounds, both included; required without a default."""
        value = self.raw(name, default)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.wrong(name, f"must be a whole number from {low} to {high}{_but(value)}")
        return low if default is None else default

    def decimal(self, name: str, *, low: int, high: int, default: Decimal | None = None) -> Decimal:
        """Return a number within bounds, both included; decimals are written as text."""
        value = self.raw(name, default)
        found = None if isinstance(value, float) or not isinstance(value, int | str | Decimal) else number(value)
        if found is not None and low <= found <= high:
            return found
        self.wrong(name, f'must be a number from {low} to {high}, decimals as text such as "7.5"{_but(value)}')
        return Decimal(low) if default is None else default

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a truth value."""
        value = self.raw(name, default)
        if isinstance(value, bool):
            return value
        self.wrong(name, f"must be true or false{_but(value)}")
        return default

    def text(self, name: str, *, default: str | None = None, most: int = 200) -> str:
        """Return a text of at most so many letters; required, and then not empty, without a default."""
        value = self.raw(name, default)
        if isinstance(value, str) and len(value) <= most and (value.strip() or default is not None):
            return value
        self.wrong(name, f"must be a text of 1 to {most} letters{_but(value)}")
        return default or ""

    def choice(self, name: str, options: Collection[str], *, default: str | None = None) -> str:
        """Return one of some words."""
        value = self.raw(name, default)
        if isinstance(value, str) and value in options:
            return value
        self.wrong(name, f"must be one of {', '.join(sorted(options))}{_but(value)}")
        return default if default is not None else min(options)

    def texts(self, name: str, *, default: Sequence[str] = (), most: int = 200) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self.raw(name, list(default))
        if isinstance(value, list | tuple):
            items = cast("Sequence[object]", value)
            if len(items) <= most and all(isinstance(each, str) and each for each in items):
                return tuple(cast("Sequence[str]", items))
        self.wrong(name, f"must be a list of at most {most} texts")
        return tuple(default)

    def one(self, name: str, reader: Callable[[Form], T]) -> T:
        """Return an inner object, as its reader makes it."""
        return self._inner(self.raw(name, {}), self._at(name), reader)

    def many(self, name: str, reader: Callable[[Form], T], *, most: int = 100) -> tuple[T, ...]:
        """Return a list of inner objects, as their reader makes them."""
        value = self.raw(name, [])
        if not isinstance(value, list | tuple) or len(cast("Sequence[object]", value)) > most:
            self.wrong(name, f"must be a list of at most {most} objects")
            return ()
        items = cast("Sequence[object]", value)
        return tuple(self._inner(each, f"{self._at(name)}[{place}]", reader) for place, each in enumerate(items))

    def close(self) -> None:
        """Note the fields that nobody asked for."""
        for name in sorted(set(self._data) - self._asked):
            self.wrong(name, f"is not known here; known are {', '.join(sorted(self._asked))}")

    def _inner(self, data: object, path: str, reader: Callable[[Form], T]) -> T:
        form = Form(data, path, self._problems)
        found = reader(form)
        form.close()
        return found

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path and name else self._path or name


def read(data: object, reader: Callable[[Form], T]) -> T:
    """Return what a reader makes of a workspace's data.

    Raises:
        RequestRejectedError: something is wrong; its words name every field, its ``field`` the first.
    """
    problems: list[Problem] = []
    form = Form(data, "", problems)
    found = reader(form)
    form.close()
    if problems:
        raise RequestRejectedError(
            "; ".join(map(str, problems)),
            field=problems[0].field or None,
            next_step="Correct what is named and send the rules again; until then the old ones hold.",
        )
    return found


def _but(value: object) -> str:
    return ", and is missing" if value is None else f", not {value!r:.60}"
