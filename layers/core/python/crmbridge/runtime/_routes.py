"""A route, declared once: what serves it, checks it and describes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from crmbridge.runtime._shapes import Shape, text, thing, whole

Role: TypeAlias = Literal["viewer", "operator", "admin"]

LIMIT_MAX = 200
LIMIT = 50

PAGED: Mapping[str, Shape] = {
    "limit": whole("How many items at most; 50 when left out.", least=1, most=LIMIT_MAX),
    "cursor": text("`nextCursor` of the page before.", most=2000),
}
"""Query of every list."""

NOTHING: Shape = thing({}, "Nothing.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route of the API.

    Attributes:
        path: with parameters as ``{integration_id}``, as in the template.
        do: answers it: takes the API and the path's parameters by name, returns a body, or a body and its status. The
            first line of its docstring is the route's summary; its ``Raises`` are the problems it answers.
        role: the least role that may call it; ``None`` for a route that is open to all.
        body: shape of the request's body, ``None`` when it takes none.
        query: shapes of the query's parameters.
        answer: shape of the answer's body.
        status: of that answer.
        also: other statuses with the same body.
        media: content type of the answer.
        name: the operation's; the function's when left out.
        only_reads: changes nothing, so that doing it twice does no harm; what it answers is kept nowhere.
    """

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str
    do: Callable[..., Any]
    answer: Shape
    tag: str
    role: Role | None = "viewer"
    body: Shape | None = None
    query: Mapping[str, Shape] = field(default_factory=dict[str, Shape])
    status: int = 200
    also: tuple[int, ...] = ()
    media: str = "application/json"
    name: str = ""
    only_reads: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or self.do.__name__)

    @property
    def rule(self) -> str:
        """The path as Powertools spells it.

        Example:
            >>> Route(method="GET", path="/a/{b}", do=dict, answer={}, tag="t").rule
            '/a/<b>'
        """
        return self.path.replace("{", "<").replace("}", ">")

    @property
    def replays(self) -> bool:
        """Whether an idempotency key makes two requests one: of every POST that knows its caller."""
        return self.method == "POST" and self.role is not None
