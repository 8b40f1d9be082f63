"""Fields that a workspace has beside the ones CRM Bridge knows of every record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from crmbridge.domain.vocabulary import Entity

PREFIX = "x_"
"""First letters of every custom field's canonical name, so that it can never be mistaken for one of ours."""

CustomKind: TypeAlias = Literal[
    "text", "long_text", "number", "boolean", "date", "datetime", "choice", "choices", "url"
]
"""What a custom field holds. Canonical values: ``number`` a decimal string, ``boolean`` true or false, ``date`` and
``datetime`` as everywhere, ``choice`` one of the options, ``choices`` a tuple of options in ascending order, the rest
text."""


@dataclass(frozen=True, slots=True)
class CustomField:
    """One custom field of one entity, the same in every CRM of an integration's workspace.

    Attributes:
        name: canonical name, ``x_`` and then ``[a-z0-9_]``; at most 40 characters.
        label: what people read in the CRM.
        remote_name: the CRM's own name where the field exists already or must be called so; empty lets the
            connector derive one from ``name``.
        options: of a ``choice`` or ``choices``; empty otherwise.
    """

    entity: Entity
    name: str
    label: str
    kind: CustomKind
    remote_name: str = ""
    options: tuple[str, ...] = ()
