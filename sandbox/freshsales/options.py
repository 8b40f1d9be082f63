"""What no source decides, as switches; the default is what gives a client more trouble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

_WORDS: Mapping[str, tuple[str, ...]] = {
    "custom_field_put": ("replace", "merge"),
    "deleted_reads": ("404", "row"),
    "error_shape": ("object", "array", "text"),
    "job_report": ("rows", "counts"),
    "unknown_fields": ("refuse", "ignore"),
}


@dataclass(slots=True, kw_only=True)
class Options:
    """Switches of one account.

    Attributes:
        index_lag_s: seconds of the sandbox clock until searches see a write.
        job_s: seconds of the sandbox clock until a bulk job has run.
        custom_field_put: whether an update replaces the whole map of custom fields or adds to it.
        status_needs_include: a contact's status is taken from an update only with ``include=contact_status``.
        post_ignores_status: a contact's status is not taken from a creation.
        post_ignores_custom_fields: custom fields are not taken from a creation.
        description_drops_fields: a contact's ``description`` makes the other fields of the request vanish.
        deleted_reads: what reading a deleted record answers.
        error_shape: how ``errors`` is written.
        job_report: whether a job's report names the rows that failed or only counts them.
        unknown_fields: what becomes of a field that the module does not have.
        busy_bulk: the next so many bulk calls are answered with 405.
        upsert_refuses_own_keys: upserts, single or bulk, match by the standard keys only, not by unique custom fields.
        note_touches_parent: a new note moves the modified time of the record it belongs to.
        sorts_activities: whether tasks, appointments and sales activities are listed in the order asked for.
        hides_lead_source: the lead source is hidden and therefore silently not written.
    """

    index_lag_s: float = 2.0
    job_s: float = 0.3
    custom_field_put: str = "replace"
    status_needs_include: bool = True
    post_ignores_status: bool = True
    post_ignores_custom_fields: bool = False
    description_drops_fields: bool = True
    deleted_reads: str = "404"
    error_shape: str = "object"
    job_report: str = "rows"
    unknown_fields: str = "refuse"
    busy_bulk: int = 0
    upsert_refuses_own_keys: bool = False
    note_touches_parent: bool = False
    hides_lead_source: bool = False
    sorts_activities: bool = False

    def change(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Set the options named in ``body`` and return all.

        Raises:
            ValueError: an unknown name or value; nothing is changed.
        """
        known = asdict(self)
        for name, value in body.items():
            if name not in known or type(known[name])(value) != value:
                message = f"{name}: known options are {known}"
                raise ValueError(message)
            if name in _WORDS and value not in _WORDS[name]:
                message = f"{name} is one of {_WORDS[name]}"
                raise ValueError(message)
        for name, value in body.items():
            setattr(self, name, type(known[name])(value))
        return asdict(self)
