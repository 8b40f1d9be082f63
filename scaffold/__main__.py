"""Furnish a new CRM: ``python -m scaffold close --label Close``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scaffold.rooms import NameTakenError, NewCrm, furnish

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str] | None = None) -> int:
    """Write the rooms of one CRM and say what comes next; 2 when the name cannot be used."""
    parser = argparse.ArgumentParser(prog="make new-crm name=close label=Close", description=__doc__)
    parser.add_argument("name", help="folder name: lower-case letters and digits")
    parser.add_argument("--label", default="", help="the CRM's name as its owner spells it")
    options = parser.parse_args(arguments)
    try:
        written = furnish(NewCrm(options.name, options.label), root=ROOT)
    except (NameTakenError, ValueError) as problem:
        sys.stderr.write(f"new-crm: {problem}\n")
        return 2
    for path in written:
        print(path.relative_to(ROOT).as_posix())
    print(f'\nNext: docs/adding-a-crm.md, and again and again: make test ARGS="-k {options.name}"')
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
