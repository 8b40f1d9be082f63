"""How one kind of field is read from Zoho's JSON and written into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from crmbridge.connectors.zoho.mapping.lexicon import Lexicon
from crmbridge.connectors.zoho.mapping.schema import Shape

UNSAID: Final = object()
"""Stands for a value that cannot be told or cannot be held; the field is left out."""

NONE = "-None-"
"""What a picklist shows where nothing was chosen."""

Reader = Callable[[object, str | None, Shape, Lexicon], object]
"""From a row's value, the record's country, the field and the vocabulary to a canonical value or ``UNSAID``."""

Writer = Callable[[object, Shape, Lexicon], object]
"""From a canonical value to a JSON value or ``UNSAID``; ``None`` clears."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of field: two pure functions, each the other's inverse up to what Zoho can hold."""

    read: Reader
    write: Writer
