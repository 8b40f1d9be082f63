"""The deps layer carries everything that deployed code imports, and nothing twice."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DEPLOYED = (ROOT / "layers" / "core" / "python", ROOT / "functions")

BROUGHT_BY_LAMBDA = {"boto3", "botocore"}
ONLY_FOR_TYPES = re.compile(r"^mypy_boto3_")


def pinned():
    text = (ROOT / "layers" / "deps" / "requirements.txt").read_text(encoding="utf-8")
    return {name.lower().replace("-", "_") for name in re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.MULTILINE)}


def imported():
    own = {"crmbridge"} | {path.stem for path in (ROOT / "functions").rglob("*.py")}
    found = set()
    for folder in DEPLOYED:
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and not node.level:
                    names.append(node.module or "")
                found |= {name.partition(".")[0] for name in names}
    return {name for name in found - set(sys.stdlib_module_names) - own if not ONLY_FOR_TYPES.match(name)}


def test_every_import_of_deployed_code_is_pinned_or_brought_by_lambda():
    missing = imported() - pinned() - BROUGHT_BY_LAMBDA
    assert not missing, f"deployed code imports {sorted(missing)}, which layers/deps does not hold"


def test_what_lambda_brings_is_not_shipped_again():
    assert not pinned() & BROUGHT_BY_LAMBDA


def test_every_pin_has_hashes_and_names_no_download_host():
    text = (ROOT / "layers" / "deps" / "requirements.txt").read_text(encoding="utf-8")
    assert text.count("--hash=sha256:") >= len(pinned()) > 5
    assert "://" not in text
    assert "--index-url" not in text
