"""AWS clients that answer from a script and remember what they were asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from crmbridge.adapters.aws._faults import Backoff


def failure(code: str, **more: Any) -> ClientError:
    """An answer by which AWS refuses a call."""
    answer: Any = {"Error": {"Code": code, "Message": "said AWS"}, **more}
    return ClientError(answer, "Operation")


def cancelled(*codes: str) -> ClientError:
    """A transaction cancelled for these reasons, one per action."""
    return failure("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


class FakeClient:
    """Answers each call with the next of its answers; an error among them is raised, a function called.

    ``calls`` holds (operation, parameters) in order. The last answer is given again and again.
    """

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers) or [{}]
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            self.calls.append((operation, parameters))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if isinstance(answer, Exception):
                raise answer
            return answer(**parameters) if callable(answer) else answer

        return call


@dataclass
class Waits:
    """Counts the seconds slept instead of sleeping; its jitter always asks for the longest wait."""

    slept: list[float] = field(default_factory=list)

    def backoff(self, attempts: int = 4) -> Backoff:
        return Backoff(sleep=self.slept.append, jitter=lambda: 1.0, attempts=attempts)
