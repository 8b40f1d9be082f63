"""How many conversions would be lost without each channel, if people went on from channel to channel by chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

CHANNELS_MAX = 40
"""Channels that take part, the most frequent ones; more would take long and each of them little."""

_START, _WON, _LOST = "\x00start", "\x00won", "\x00lost"
_PRECISION = 10**9

Path = tuple[tuple[str, ...], bool]
"""The channels of one journey in order, and whether it converted."""


def removal_effects(paths: Sequence[Path]) -> dict[str, Fraction]:
    """Return, by channel, the share of conversions, 0..1, that fails to come about when nobody passes it any more.

    The chain of first order: from the start to the first channel, from each to the next, from the last to won or lost,
    each as often as it happened. Without a channel, whoever would go there is lost.

    Example:
        >>> removal_effects([(("ads", "mail"), True), (("ads",), False)])
        {'ads': Fraction(1, 1), 'mail': Fraction(1, 1)}
    """
    counts = Counter(each for channels, _ in paths for each in channels)
    known = sorted(sorted(counts), key=lambda each: -counts[each])[:CHANNELS_MAX]
    steps = _steps(paths, set(known))
    whole = _won(steps, known, without="")
    if whole <= 0:
        return dict.fromkeys(sorted(counts), Fraction(0))
    effects = {each: _rounded(1 - _won(steps, known, without=each) / whole) for each in known}
    return {each: effects.get(each, Fraction(0)) for each in sorted(counts)}


def _rounded(share: float) -> Fraction:
    return Fraction(round(min(max(share, 0.0), 1.0) * _PRECISION), _PRECISION)


def _steps(paths: Sequence[Path], known: set[str]) -> Mapping[str, Mapping[str, float]]:
    """Return the chance of each step, by where it begins."""
    counted: dict[str, Counter[str]] = {}
    for channels, is_won in paths:
        passed = [_START, *(each for each in channels if each in known), _WON if is_won else _LOST]
        for one, next_one in pairwise(passed):
            counted.setdefault(one, Counter())[next_one] += 1
    return {one: {to: times / found.total() for to, times in found.items()} for one, found in counted.items()}


def _won(steps: Mapping[str, Mapping[str, float]], channels: Sequence[str], *, without: str) -> float:
    """Return the chance to end at won from the start, when one channel leads nowhere."""
    states = [_START, *(each for each in channels if each != without)]
    rows = [
        [float(one == other) - steps.get(one, {}).get(other, 0.0) for other in states]
        + [steps.get(one, {}).get(_WON, 0.0)]
        for one in states
    ]
    return _solved(rows)[0]


def _solved(rows: list[list[float]]) -> list[float]:
    """Solve a system of linear equations, each row with its right side, by elimination with pivots.

    A state that nobody ever leaves has no equation of its own: nobody wins from there.
    """
    size = len(rows)
    for place in range(size):
        pivot = max(range(place, size), key=lambda row: abs(rows[row][place]))
        rows[place], rows[pivot] = rows[pivot], rows[place]
        head = rows[place][place]
        if abs(head) < 1e-12:
            continue
        rows[place] = [each / head for each in rows[place]]
        for other in range(size):
            factor = rows[other][place]
            if other != place and factor:
                rows[other] = [mine - factor * its for mine, its in zip(rows[other], rows[place], strict=True)]
    return [row[-1] for row in rows]
