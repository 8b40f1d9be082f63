"""What no source decides: each an option of ``POST /_sandbox/options``, the default the more troublesome."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True)
class Options:
    """Behaviours that differ between accounts or are not documented.

    Attributes:
        index_lag_s: seconds of the sandbox clock until search sees a write.
        tells_duplicates: a refused double names the record in the way.
        tags_touch: tagging moves the modified time.
        roles_touch: contact roles move the deal's modified time.
        primary_is_role: a deal's contact name is listed among its contact roles.
        pipelines: the deals module has pipelines, so that ``Pipeline`` is mandatory.
        unique_activities: tasks, meetings and calls may have unique fields.
        watch_needs_channel: channels are told only to who names one.
        partial_status: HTTP status when some rows of a call fail.
        credits: API credits in 24 hours.
        token_requests: access tokens a refresh token gives in ten minutes.
    """

    index_lag_s: float = 5.0
    tells_duplicates: bool = False
    tags_touch: bool = False
    roles_touch: bool = False
    primary_is_role: bool = False
    pipelines: bool = True
    unique_activities: bool = True
    watch_needs_channel: bool = False
    partial_status: int = 207
    credits: int = 54_000
    token_requests: int = 10

    def change(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Set some and return all.

        Raises:
            ValueError: there is no such option.
        """
        known = asdict(self)
        unknown = set(changes) - set(known)
        if unknown:
            message = f"unknown options {sorted(unknown)}; known: {sorted(known)}"
            raise ValueError(message)
        for name, value in changes.items():
            setattr(self, name, type(known[name])(value))
        return asdict(self)
