"""Behaviour that differs between accounts or is not documented; settable by control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

UNCHANGED_WRITES = ("bump", "ignore", "notify")
SALES_HUBS = ("professional", "starter")


@dataclass(slots=True, kw_only=True)
class Options:
    """Switches of the simulated account.

    Attributes:
        index_lag_s: seconds (sandbox clock) until search sees a write.
        unchanged_writes: what writing a value that is already there does: ``bump`` moves
            the modified date without an event, ``ignore`` does nothing, ``notify`` does both.
        merge_makes_new_record: a merge answers a record with a new id; otherwise the
            primary survives under its own.
        first_company_is_primary: the first company of a contact or deal becomes its primary.
        shuffle_results: batch answers are not in the order of the inputs.
        rotate_refresh_tokens: every refresh answers a new refresh token and ends the old one.
        default_lifecyclestage: given to new contacts and companies that have none; empty for none.
        auto_companies: a new contact's e-mail domain is associated with the company of that
            domain, which is made if it is missing.
        sales_hub: the account's edition; below ``professional`` it has no leads, and grants no scopes of them.
    """

    index_lag_s: float = 1.0
    unchanged_writes: str = "bump"
    merge_makes_new_record: bool = True
    first_company_is_primary: bool = True
    shuffle_results: bool = True
    rotate_refresh_tokens: bool = False
    default_lifecyclestage: str = ""
    auto_companies: bool = False
    sales_hub: str = "professional"

    @property
    def has_leads(self) -> bool:
        """Whether the account's edition has leads."""
        return self.sales_hub == "professional"

    def change(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Set the options named in ``body`` and return all.

        Raises:
            ValueError: unknown option, or a value of the wrong type.
        """
        known: dict[str, type] = {item.name: type(getattr(self, item.name)) for item in fields(self)}
        for name, value in body.items():
            if name not in known:
                message = f"unknown option {name!r}; known: {sorted(known)}"
                raise ValueError(message)
            number = known[name] is float and isinstance(value, int | float) and not isinstance(value, bool)
            if not number and not isinstance(value, known[name]):
                message = f"{name} is a {known[name].__name__}"
                raise ValueError(message)
        if body.get("unchanged_writes", "bump") not in UNCHANGED_WRITES:
            message = f"unchanged_writes is one of {UNCHANGED_WRITES}"
            raise ValueError(message)
        if body.get("sales_hub", "professional") not in SALES_HUBS:
            message = f"sales_hub is one of {SALES_HUBS}"
            raise ValueError(message)
        for name, value in body.items():
            setattr(self, name, known[name](value))
        return asdict(self)
