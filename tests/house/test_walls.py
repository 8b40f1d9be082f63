"""The walls of the house hold: each is broken once, in a copy, and has to be reported."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import LIBRARY, ROOT, crms, imported, parsed, python_files, relative

CORE = "layers/core/python/crmbridge"
FIRST, SECOND = (crms() * 2 + ["missing", "missing"])[:2]
IS_PACKAGE = (LIBRARY / "connectors" / FIRST / "webhooks").is_dir()
WEBHOOKS = f"{CORE}/connectors/{FIRST}/webhooks{'/__init__' if IS_PACKAGE else ''}.py"
RUFF = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "json", "--select", "TID251"]

# (file to add to, line to add, words of the contract that has to complain)
PLANTED = [
    (f"{CORE}/utils.py", "import json", "no other room"),
    (f"{CORE}/domain/planted.py", "import crmbridge.ports", "import downwards only"),
    (f"{CORE}/domain/planted.py", "import httpx", "standard library only"),
    (f"{CORE}/services/planted.py", "import crmbridge.adapters.memory", "import downwards only"),
    (f"{CORE}/services/planted.py", f"import crmbridge.connectors.{FIRST}.client", "import downwards only"),
    (f"{CORE}/services/planted.py", "import boto3", "standard library only"),
    (f"{CORE}/services/planted.py", "import aws_lambda_powertools", "standard library only"),
    (f"{CORE}/adapters/planted.py", "import crmbridge.services.hub", "import downwards only"),
    (f"{CORE}/adapters/planted.py", "import httpx", "not to CRMs"),
    (f"{CORE}/adapters/memory/planted.py", "import boto3", "need no AWS library"),
    (f"{CORE}/settings.py", "import pydantic", "standard library only"),
    (f"{CORE}/settings.py", "import crmbridge.domain.records", "nothing else of the library"),
    (f"{CORE}/connectors/{FIRST}/planted.py", "import boto3", "not to AWS"),
    (f"{CORE}/connectors/{FIRST}/planted.py", "import crmbridge.runtime", "import downwards only"),
    (
        f"{CORE}/connectors/{FIRST}/mapping.py",
        f"import crmbridge.connectors.{SECOND}.mapping",
        "knows another",
    ),
    (WEBHOOKS, "import pydantic", "pays for neither"),
    (WEBHOOKS, "import crmbridge.connectors._http", "pays for neither"),
    (f"sandbox/{FIRST}/planted.py", "import crmbridge.domain.records", "there to judge"),
    ("local/planted.py", "import crmbridge.runtime", "from outside"),
    ("cli/planted.py", "import crmbridge.domain.records", "nothing behind it"),
]

BANNED = [
    "from datetime import datetime; datetime.now()",
    "from datetime import datetime; datetime.utcnow()",
    "from datetime import date; date.today()",
    "import time; time.time()",
    "from time import monotonic; monotonic()",
    "import time; time.sleep(1)",
    "from uuid import uuid4; uuid4()",
    "import random; random.random()",
    "from secrets import token_urlsafe; token_urlsafe()",
    "import os; os.environ['X']",
    "import os; os.getenv('X')",
    "import boto3; boto3.client('sqs')",
    "import boto3; boto3.resource('dynamodb')",
]

# what each home may use of the banned names; the rest stays banned there too
HOMES = {
    "settings.py": {"os.environ"},
    "runtime/_sources.py": {
        "datetime.datetime.now",
        "random",
        "secrets.token_hex",
        "secrets.token_urlsafe",
        "time.monotonic",
        "time.sleep",
        "time.time",
        "time.time_ns",
        "uuid.uuid4",
    },
    "adapters/aws/clients.py": {"boto3.Session", "boto3.client", "boto3.resource", "boto3.session"},
    "adapters/aws/envelope.py": {"os.urandom"},
}


def _lint_imports(house: Path) -> subprocess.CompletedProcess[str]:
    """Check the walls of a copy of the house, and of that copy only."""
    paths = os.pathsep.join([str(house / "layers/core/python"), str(house)])
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=house,
        env={**os.environ, "PYTHONPATH": paths, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of everything the contracts speak of; whoever plants something takes it away again."""
    copy = tmp_path_factory.mktemp("walls")
    ignored = shutil.ignore_patterns("__pycache__")
    for room in (CORE, "sandbox", "local", "cli"):
        shutil.copytree(ROOT / room, copy / room, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def test_every_folder_of_code_is_a_package_or_no_wall_would_see_it():
    rooms = (LIBRARY, ROOT / "sandbox", ROOT / "local", ROOT / "scaffold", ROOT / "cli")
    unseen = {relative(path.parent) for path in python_files(*rooms) if not (path.parent / "__init__.py").is_file()}
    assert not unseen, f"add an __init__.py with one sentence: {sorted(unseen)}"


def test_the_walls_hold():
    done = _lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("path", "line", "contract"), PLANTED, ids=lambda value: value.rpartition("crmbridge/")[2])
def test_a_broken_wall_is_reported(house, path, line, contract):
    planted = house / path
    before = planted.read_text(encoding="utf-8") if planted.is_file() else None
    planted.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")
    try:
        done = _lint_imports(house)
    finally:
        planted.unlink() if before is None else planted.write_text(before, encoding="utf-8")
    assert done.returncode != 0, f"nobody noticed `{line}` in {path}"
    broken = [each for each in done.stdout.splitlines() if " BROKEN" in each]
    assert any(contract in each for each in broken), done.stdout


def _complaints(path: str, code: str) -> list[str]:
    done = subprocess.run(
        [*RUFF, "--stdin-filename", path, "-"],
        cwd=ROOT,
        input=code,
        capture_output=True,
        text=True,
        check=False,
    )
    return [each["message"] for each in json.loads(done.stdout)]


@pytest.mark.parametrize("code", BANNED)
def test_a_banned_name_is_refused_outside_its_home(code):
    assert _complaints(f"{CORE}/services/planted.py", code), f"nobody noticed `{code}`"


@pytest.mark.parametrize("home", HOMES)
def test_a_home_uses_nothing_banned_but_its_own(home):
    source = LIBRARY / home
    found = _complaints(f"{CORE}/services/{source.name}", source.read_text(encoding="utf-8"))
    strange = [each for each in found if not any(f"`{name}`" in each for name in HOMES[home])]
    assert not strange


def test_the_domain_imports_the_standard_library_and_the_errors_only():
    wrong = [
        f"{relative(path)} imports {name}"
        for path in python_files(LIBRARY / "domain")
        for name in imported(path)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not name.startswith(("crmbridge.domain", "crmbridge.errors"))
    ]
    assert not wrong


def test_what_connectors_share_knows_none_of_them():
    shared = [path for path in python_files(LIBRARY / "connectors") if path.parent.name == "connectors"]
    wrong = [
        f"{relative(path)} imports {name}"
        for path in shared
        for name in imported(path)
        if name.startswith(tuple(f"crmbridge.connectors.{crm}" for crm in crms()))
    ]
    assert not wrong


def test_a_room_for_channels_gets_the_walls_of_connectors():
    walls = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    sources = next(wall["source_modules"] for wall in walls if wall["id"] == "connectors")
    assert ("crmbridge.channels" in sources) == bool(list((LIBRARY / "channels").rglob("*.py")))


def test_nobody_changes_the_import_path_for_good():
    """One line of pyproject.toml says where the library lies; who imports as Lambda does cleans up behind itself."""
    wrong = [
        relative(path)
        for path in python_files()
        if {"sys.path.insert", "sys.path.append", "sys.path.extend"} & _called(path)
        and "sys.path.remove" not in _called(path)
    ]
    assert not wrong


def _called(path: Path) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)}
