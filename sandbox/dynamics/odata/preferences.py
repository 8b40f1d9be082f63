"""The ``Prefer`` header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.dynamics.errors import bad_query

PAGE_MAX = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a caller prefers.

    Attributes:
        applied: the preferences that are followed, for ``Preference-Applied``.
    """

    represents: bool = False
    annotates: bool = False
    page_size: int = PAGE_MAX
    tracks: bool = False
    goes_on: bool = False
    applied: str = ""


def preferences(headers: Mapping[str, str]) -> Preferences:
    """Read a ``Prefer`` header, several preferences with commas between them.

    Raises:
        DataverseError: a page size that is no number of rows.
    """
    wanted = {part.strip().partition("=")[0].lower(): part.strip() for part in headers.get("prefer", "").split(",")}
    size = wanted.get("odata.maxpagesize", "").partition("=")[2]
    if size and (not size.isdigit() or int(size) < 1):
        raise bad_query(f"The value '{size}' of odata.maxpagesize is not a number of rows.")
    notes = wanted.get("odata.include-annotations", "").partition("=")[2].strip('"')
    known = ("return", "odata.include-annotations", "odata.maxpagesize", "odata.track-changes")
    return Preferences(
        represents=wanted.get("return") == "return=representation",
        annotates=notes == "*" or "FormattedValue" in notes or "lookuplogicalname" in notes,
        page_size=min(int(size), PAGE_MAX) if size else PAGE_MAX,
        tracks="odata.track-changes" in wanted,
        goes_on="odata.continue-on-error" in wanted,
        applied=", ".join(wanted[name] for name in known if name in wanted),
    )
