"""The rooms of a CRM, written from plain text templates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

from scaffold.template_block import with_blocks_of

TEMPLATES = Path(__file__).parent / "templates"

ROOMS = {
    "connector": "layers/core/python/crmbridge/connectors/{name}",
    "sandbox": "sandbox/{name}",
    "fixtures": "tests/contract/fixtures/{name}",
    "docs": "docs/crms",
}
"""Folder of templates to the folder it furnishes."""

MODEL = "hubspot"
"""Whose blocks in template.yaml are copied: one webhook address per app, one secret per app."""

_NAME = re.compile(r"[a-z][a-z0-9]{1,30}")


class NameTakenError(Exception):
    """A room of that name exists; nothing was written."""


@dataclass(frozen=True, slots=True)
class NewCrm:
    """A CRM to be furnished.

    Attributes:
        name: folder name in every room.
        spelt: as its owner spells it; empty for the name with a capital.
    """

    name: str
    spelt: str = ""

    @property
    def label(self) -> str:
        """The CRM's name for people."""
        return self.spelt or self.name.capitalize()

    @property
    def logical(self) -> str:
        """The CRM's name in logical ids of the template."""
        return self.name.capitalize()


def furnish(crm: NewCrm, *, root: Path) -> list[Path]:
    """Write every room of a CRM and its blocks in the template.

    Args:
        root: the repository.

    Returns:
        What was written, in the order in which one would work on it.

    Raises:
        ValueError: the name is not made of lower-case letters and digits, or the label holds a quote.
        NameTakenError: one of its rooms exists already.
    """
    if not _NAME.fullmatch(crm.name):
        raise ValueError(f"{crm.name!r} is not 2 to 31 lower-case letters and digits, beginning with a letter")
    if set(crm.label) & set("\"'\\\n{}$"):
        raise ValueError(f"the label {crm.label!r} holds a character that does not belong into a name")
    texts = {path: text for room in ROOMS for path, text in _rendered(crm, room, root=root)}
    taken = [path for path in texts if path.exists()]
    if taken:
        raise NameTakenError(f"{taken[0].relative_to(root)} exists already; nothing was written")
    deployed = root / "template.yaml"
    texts[deployed] = with_blocks_of(deployed.read_text(encoding="utf-8"), model=MODEL, crm=crm.name, label=crm.label)
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)


def _rendered(crm: NewCrm, room: str, *, root: Path) -> list[tuple[Path, str]]:
    """Return a room's files with their text."""
    folder = root / ROOMS[room].format(name=crm.name)
    words = {"name": crm.name, "label": crm.label, "logical": crm.logical}
    return [
        (
            folder / source.name.removesuffix(".txt").replace("crm", crm.name),
            Template(source.read_text(encoding="utf-8")).substitute(words),
        )
        for source in sorted((TEMPLATES / room).glob("*.txt"))
    ]
