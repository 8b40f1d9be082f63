"""What a simulated CRM must offer to the shared wrapper."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from werkzeug.wrappers import Request, Response

from sandbox._clock import Clock
from sandbox._webhook_delivery import WebhookDelivery

JsonObject = dict[str, Any]


Control = Callable[[JsonObject], JsonObject]


class SimulatedCrm(Protocol):
    """One CRM's rules and state; the wrapper calls it with a lock held, never twice at once.

    Attributes:
        name: the folder's name.
        clock: the movable clock; made by the CRM, advanced by control.
        deliveries: its outgoing calls; created even if it sends none.
        controls: further control routes, ``("POST", "/_sandbox/limits")`` to a function of
            the JSON body; a ``ValueError`` they raise is answered with 400.
    """

    name: str
    clock: Clock
    deliveries: WebhookDelivery
    controls: Mapping[tuple[str, str], Control]

    def credentials(self) -> JsonObject:
        """Return what a client needs to connect; constant over resets."""
        ...

    def answer(self, request: Request) -> Response:
        """Answer a vendor call; every failure is the vendor's own error, nothing raises.

        Call ``annotate_records``, ``annotate_object`` and ``annotate_unchanged`` of
        ``sandbox._calls`` if the call carries records, so that the log can add them up.
        """
        ...

    def endpoint_of(self, request: Request) -> str:
        """Return the template of the path called, or ``(unknown)``; for the log.

        Name a parameter that holds a secret ``{…token…}``: its value is then not logged.
        """
        ...

    def error_answer(self, status: int, request: Request) -> Response:
        """Return the body and headers this vendor sends with ``status`` (for faults)."""
        ...

    def state(self) -> JsonObject:
        """Return everything stored, as JSON: entities, records, associations."""
        ...

    def reset(self) -> None:
        """Forget records, tokens and settings made since the start."""
        ...

    def seed(self, body: JsonObject) -> JsonObject:
        """Store records in bulk, or act as a person in the vendor's screens.

        Raises:
            ValueError: the body is not what the CRM's docs describe; nothing was stored.
        """
        ...

    def change_tokens(self, action: str, body: JsonObject) -> JsonObject:
        """Expire or revoke the tokens given out so far.

        Raises:
            ValueError: unknown action.
        """
        ...

    def set_webhook_urls(self, urls: tuple[str, ...]) -> None:
        """Send webhooks to ``urls`` from now on."""
        ...


@runtime_checkable
class FindsRows(Protocol):
    """A simulated CRM that shows some rows without rendering all it stores."""

    def rows(self, entity: str, ids: Sequence[str]) -> list[JsonObject] | None:
        """Return rows as ``state`` shows them.

        Args:
            entity: a key of ``state``.
            ids: which rows, those that do not exist left out; none for all of them.

        Returns:
            ``None`` if ``entity`` is nothing that has rows with ids.
        """
        ...


@runtime_checkable
class Remembers(Protocol):
    """A simulated CRM whose state can be kept in a file (``_state_file.py``).

    The attributes of each part are the state. They are taken out, and put back into the
    parts of a new process, so that everything which refers to a part goes on working.
    """

    def parts(self) -> Mapping[str, object]:
        """Return the objects that hold the state, by a name each; the same names always."""
        ...

    def surroundings(self) -> Mapping[str, object]:
        """Return objects parts refer to that are no state, such as the clock, by a name each."""
        ...

    def ways_out(self) -> Mapping[str, WebhookDelivery]:
        """Return all deliveries, by a name each."""
        ...
