"""What no source decides about Kommo; the default is the answer that gives a client more trouble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True, kw_only=True)
class Options:
    """Plausible behaviours.

    Attributes:
        query_lag_s: seconds of the sandbox clock until ``query`` finds what was written.
        partial_writes: a batch with a refused row writes the other rows all the same.
        missing_in_patch: a row of an unknown id in a batch update: ``refuse`` the call, or ``skip`` the row silently.
        mass_links: ``POST /{entity}/link`` exists beside ``/{entity}/{id}/link``.
        second_company: linking a second company: ``refuse``, or ``replace`` the first.
        links_touch: a link moves ``updated_at`` of both ends.
        merge_event: what ``entity_merged`` tells: ``survivor`` is the entity and the values name the rest, or ``loser``
            is the entity and the values name the survivor, or ``bare`` without values.
        html_429: a 429 is an HTML page, as has been seen.
        reuse_kills_pair: a refresh token used twice ends the pair that its first use gave.
        minor_units: leads are shown with ``price_with_minor_units``.
        same_url: a second subscription of one URL: ``replace`` the settings, or ``merge`` them.
    """

    query_lag_s: float = 2.0
    partial_writes: bool = False
    missing_in_patch: str = "refuse"
    mass_links: bool = True
    second_company: str = "refuse"
    links_touch: bool = False
    merge_event: str = "survivor"
    html_429: bool = False
    reuse_kills_pair: bool = False
    minor_units: bool = False
    same_url: str = "replace"

    def change(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Set the options named in ``body`` and return all.

        Raises:
            ValueError: unknown name, or a value that the option does not know.
        """
        known = asdict(self)
        for name, value in body.items():
            if name not in known or (name in _CHOICES and value not in _CHOICES[name]):
                message = f"{name}={value!r}: known options are {sorted(known)}, choices {_CHOICES}"
                raise ValueError(message)
        for name, value in body.items():
            setattr(self, name, type(known[name])(value))
        return asdict(self)


_CHOICES = {
    "missing_in_patch": ("refuse", "skip"),
    "second_company": ("refuse", "replace"),
    "merge_event": ("survivor", "loser", "bare"),
    "same_url": ("replace", "merge"),
}
