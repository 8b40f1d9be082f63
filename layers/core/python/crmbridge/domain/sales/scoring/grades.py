"""How facts become points: tables that a workspace can read and change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias, cast

from crmbridge.domain.sales.facts import Fact, Facts, is_known, number, plain
from crmbridge.domain.sales.forms import Form

Kind: TypeAlias = Literal["at_least", "below", "one_of", "contains", "counts", "value"]
Row: TypeAlias = tuple[str, int]

KINDS: tuple[Kind, ...] = ("at_least", "below", "one_of", "contains", "counts", "value")


@dataclass(frozen=True, slots=True)
class Grade:
    """A table from facts to points.

    Attributes:
        kind: ``at_least`` the row with the highest limit that the number reaches; ``below`` the row with the lowest
            limit that the number stays under; ``one_of`` the row of this very word; ``contains`` the best row whose
            words are in the text, but no president in a vice president; ``counts`` every row's fact times its points,
            together at most 100; ``value`` the number itself, 0 to 100.
        rows: a limit, a word or the name of a fact, and its points (0..100).
        other: points of a known word that no row has, 0..100.
    """

    kind: Kind
    rows: tuple[Row, ...] = ()
    other: int = 0


@dataclass(frozen=True, slots=True)
class Graded:
    """What a table gave.

    Attributes:
        points: 0..100.
        is_known: whether the facts it needs were there.
        because: why, for people.
    """

    points: Decimal
    is_known: bool
    because: str


UNKNOWN = Graded(Decimal(0), is_known=False, because="unknown")


def graded(grade: Grade, name: str, facts: Facts) -> Graded:
    """Return the points that a fact earns.

    Args:
        grade: the table.
        name: of the fact; ``counts`` takes the names from its rows.
        facts: of the lead or deal.
    """
    if grade.kind == "counts":
        return _counts(grade, facts)
    value = facts.get(name)
    return _GRADERS[grade.kind](grade, value) if is_known(value) else UNKNOWN


def most(grade: Grade) -> int:
    """Return the most points that a table can give."""
    if grade.kind in {"counts", "value"}:
        return 100
    return max([grade.other, *(points for _, points in grade.rows)])


def _at_least(grade: Grade, value: Fact) -> Graded:
    found = number(value)
    if found is None:
        return UNKNOWN
    reached = [(Decimal(limit), points) for limit, points in grade.rows if found >= Decimal(limit)]
    if not reached:
        return Graded(Decimal(0), is_known=True, because=f"{found} is below the first step")
    limit, points = max(reached)
    return Graded(Decimal(points), is_known=True, because=f"{found} is at least {limit}")


def _below(grade: Grade, value: Fact) -> Graded:
    found = number(value)
    if found is None or found < 0:
        return UNKNOWN
    under = [(Decimal(limit), points) for limit, points in grade.rows if found < Decimal(limit)]
    if not under:
        return Graded(Decimal(0), is_known=True, because=f"{found} is above the last step")
    limit, points = min(under)
    return Graded(Decimal(points), is_known=True, because=f"{found} is below {limit}")


def _one_of(grade: Grade, value: Fact) -> Graded:
    word = plain(str(value))
    points = next((points for each, points in grade.rows if plain(each) == word), grade.other)
    return Graded(Decimal(points), is_known=True, because=str(value))


def _contains(grade: Grade, value: Fact) -> Graded:
    text = _spaced(str(value))
    found = [(points, each) for each, points in grade.rows if _spaced(each) in text]
    whole = [(points, each) for points, each in found if not any(_is_inside(each, other) for _, other in found)]
    if not whole:
        return Graded(Decimal(grade.other), is_known=True, because=str(value))
    points, word = max(whole)
    return Graded(Decimal(points), is_known=True, because=f"{value} ({word})")


def _spaced(text: str) -> str:
    """Return a text's words with a blank around each, so that only whole words are found in it."""
    letters = (letter if letter.isalnum() else " " for letter in plain(text))
    return f" {' '.join(''.join(letters).split())} "


def _is_inside(word: str, other: str) -> bool:
    return _spaced(word) != _spaced(other) and _spaced(word) in _spaced(other)


def _counts(grade: Grade, facts: Facts) -> Graded:
    counted = [(name, found, points) for name, points in grade.rows if (found := number(facts.get(name))) is not None]
    if not counted:
        return UNKNOWN
    total = sum((max(found, Decimal(0)) * points for _, found, points in counted), Decimal(0))
    because = ", ".join(f"{name} {found}" for name, found, _ in counted)
    return Graded(min(total, Decimal(100)), is_known=True, because=because)


def _value(_grade: Grade, value: Fact) -> Graded:
    found = number(value)
    if found is None:
        return UNKNOWN
    return Graded(min(max(found, Decimal(0)), Decimal(100)), is_known=True, because=str(found))


_GRADERS: Mapping[str, Callable[[Grade, Fact], Graded]] = {
    "at_least": _at_least,
    "below": _below,
    "one_of": _one_of,
    "contains": _contains,
    "value": _value,
}


def read_grade(form: Form) -> Grade:
    """Return a table as a workspace wrote it: ``{"kind", "rows": [{"is", "points"}], "other"}``."""
    kind = cast("Kind", form.choice("kind", KINDS))
    rows = form.many("rows", lambda row: _read_row(row, is_number=kind in {"at_least", "below"}))
    if len({plain(limit) for limit, _ in rows}) < len(rows):
        form.wrong("rows", "must not name the same thing twice")
    if not rows and kind != "value":
        form.wrong("rows", f"must hold at least one row for {kind}")
    return Grade(kind, rows, form.whole("other", low=0, high=100, default=0))


def _read_row(form: Form, *, is_number: bool) -> Row:
    limit = form.raw("is")
    if is_number and number(cast("Fact", limit)) is None:
        form.wrong("is", f'must be a number, decimals as text such as "59.5", not {limit!r:.40}')
        limit = 0
    elif not is_number and not (isinstance(limit, str) and limit.strip()):
        form.wrong("is", f"must be a word, not {limit!r:.40}")
    return str(limit), form.whole("points", low=0, high=100)
