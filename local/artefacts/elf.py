"""Tell from a shared object's own header whether Lambda could load it."""

from __future__ import annotations

import re
from pathlib import Path

AARCH64 = 0xB7
"""``e_machine`` of ARM 64 (Source: ELF for the Arm 64-bit architecture, §4)."""

_TAGGED = re.compile(r"\.cpython-(\d+)-([a-z0-9_]+)-linux-gnu\.so$")


def machine_of(path: Path) -> int:
    """Return the ``e_machine`` number of an ELF file.

    Raises:
        ValueError: the file is not ELF, or too short to say.
    """
    with path.open("rb") as file:
        header = file.read(20)
    if len(header) < 20 or header[:4] != b"\x7fELF":
        raise ValueError(f"{path.name} is not a shared object")
    return int.from_bytes(header[18:20], "little" if header[5] == 1 else "big")


def check_wheels(folder: Path) -> int:
    """Refuse machine code that python3.13 on arm64 could not load.

    Returns:
        How many shared objects there are.

    Raises:
        ValueError: one is for another CPU or another Python; its name is in the message.
    """
    objects = sorted(folder.rglob("*.so")) + sorted(folder.rglob("*.so.*"))
    for path in objects:
        if machine_of(path) != AARCH64:
            raise ValueError(f"{path.relative_to(folder)} is not for arm64")
        tagged = _TAGGED.search(path.name)
        if tagged and tagged.group(1) != "313":
            raise ValueError(f"{path.relative_to(folder)} is for CPython {tagged.group(1)}, not 313")
    return len(objects)
