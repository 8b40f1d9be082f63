"""What one account calls things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crmbridge.connectors.freshsales.mapping.held_customs import HeldCustom
from crmbridge.connectors.freshsales.mapping.rule_types import Row
from crmbridge.connectors.freshsales.mapping.stages import StageMap
from crmbridge.connectors.freshsales.mapping.words import Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """The vocabulary of one entity in one account.

    Attributes:
        owner_emails: by owner id, everybody.
        owner_ids: by e-mail address, active people only.
        choices: by the list they come from.
        customs: the workspace's custom fields that the account has.
        unwritable: keys that the account hides or holds read-only; written values would vanish.
    """

    owner_emails: Mapping[str, str] = field(default_factory=dict[str, str])
    owner_ids: Mapping[str, int] = field(default_factory=dict[str, int])
    choices: Mapping[str, Choices] = field(default_factory=dict[str, Choices])
    stages: StageMap = field(default_factory=StageMap)
    customs: tuple[HeldCustom, ...] = ()
    unwritable: frozenset[str] = frozenset()


def owner_maps(users: Iterable[Row]) -> tuple[dict[str, str], dict[str, int]]:
    """Return e-mail address by owner id, and owner id by e-mail address of active people."""
    emails: dict[str, str] = {}
    ids: dict[str, int] = {}
    for each in users:
        email = str(each.get("email") or "").strip().lower()
        if not email or not isinstance(each.get("id"), int):
            continue
        emails[str(each["id"])] = email
        if each.get("is_active", True):
            ids.setdefault(email, int(each["id"]))
    return emails, ids
