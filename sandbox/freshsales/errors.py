"""The vendor's errors: what is raised inside, and the body each becomes.

Clients in the field read an object, a list and a plain text under ``errors``; which of them comes is an option.
Texts of duplicates are those integrations report; the other texts are ours, clients must not depend on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Shape = Literal["object", "array", "text"]


@dataclass(kw_only=True)
class VendorError(Exception):
    """An answer other than success."""

    status: int
    messages: tuple[str, ...]
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def body(self, shape: Shape) -> dict[str, Any]:
        """Return the body in one of the shapes seen."""
        if shape == "array":
            return {"errors": [{"code": self.status, "message": each} for each in self.messages]}
        if shape == "text":
            return {"message": "; ".join(self.messages)}
        return {"errors": {"code": self.status, "message": list(self.messages)}}


def invalid(*messages: str) -> VendorError:
    """Build the 400 of a request that cannot be carried out as a whole."""
    return VendorError(status=400, messages=messages)


def not_unique(label: str) -> VendorError:
    """Build the 400 for a value that another record holds: ``Email is not unique``."""
    return invalid(f"{label} is not unique")


def not_found(what: str = "The requested resource") -> VendorError:
    """Build the 404 of a record that is not there, or not visible."""
    return VendorError(status=404, messages=(f"{what} was not found",))


def unauthorized() -> VendorError:
    """Build the 401 of a key that is missing, wrong or regenerated."""
    return VendorError(status=401, messages=("Authentication failed: the API key is not valid",))


def too_many(headers: dict[str, str]) -> VendorError:
    """Build the 429 of an account that has used its calls; it carries no ``Retry-After``."""
    return VendorError(status=429, messages=("Too many requests",), headers=headers)
