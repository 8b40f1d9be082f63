"""Which changes of form a mapping may ask for; what each does is in ``transforms``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Op: TypeAlias = Literal["upper", "lower", "cut", "prefix", "shift", "decimal", "number_text", "words", "join", "day"]
OPS: tuple[Op, ...] = get_args(Op)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """One change of a value.

    Attributes:
        text: what ``prefix`` puts in front, what ``join`` puts between.
        number: the most characters of ``cut``; places that ``shift`` moves the decimal point to the right.
        yes: what ``words`` says for true.
        no: what ``words`` says for false.
    """

    op: Op
    text: str = ""
    number: int = 0
    yes: str = ""
    no: str = ""
