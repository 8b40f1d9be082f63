"""What is installed is pinned, hashed, the same everywhere, and comes from no named place."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.house.tree import LIBRARY, ROOT, imported, python_files

APART = ("bench", "checkov")
LOCKS = ("requirements/dev.txt", *(f"requirements/{name}.txt" for name in APART), "layers/deps/requirements.txt")
PIN = re.compile(r"^(?P<name>[a-z0-9.\-]+)(\[[^\]]*\])?==(?P<version>[^ ;]+)", re.MULTILINE)
IMPORTED_AS = {"aws_lambda_powertools": "aws-lambda-powertools", "email_validator": "email-validator"}
BROUGHT_BY_LAMBDA = {"boto3", "botocore"}


def _pins(lock: str) -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    for match in PIN.finditer((ROOT / lock).read_text(encoding="utf-8")):
        pins.setdefault(match["name"], set()).add(match["version"])
    return pins


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(lock):
    blocks = re.split(r"\n(?=[a-zA-Z0-9])", (ROOT / lock).read_text(encoding="utf-8"))
    wanted = [block for block in blocks if not block.startswith("#")]
    assert wanted
    unpinned = [block.splitlines()[0] for block in wanted if not PIN.match(block) or "--hash=sha256:" not in block]
    assert not unpinned


def test_lambda_and_this_machine_run_the_same_versions():
    here, deployed = _pins("requirements/dev.txt"), _pins("layers/deps/requirements.txt")
    assert {name: found for name, found in deployed.items() if found != here.get(name)} == {}


@pytest.mark.parametrize("source", sorted((ROOT / "requirements").glob("*.in")), ids=lambda path: path.name)
def test_every_wish_is_locked(source):
    lock = f"requirements/{source.stem if source.stem in APART else 'dev'}.txt"
    wishes = re.findall(r"^([A-Za-z0-9][A-Za-z0-9.\-_]*)", source.read_text(encoding="utf-8"), re.MULTILINE)
    assert {wish.lower().replace("_", "-") for wish in wishes} - set(_pins(lock)) == set(), "run `make lock`"


def test_the_layer_holds_what_the_library_imports_and_nothing_else():
    wishes = set(re.findall(r"^([a-z0-9-]+)", (ROOT / "requirements/runtime.in").read_text(), re.MULTILINE))
    known = {*wishes, *BROUGHT_BY_LAMBDA, "aws_lambda_powertools", "email_validator"}
    used = {
        name.split(".")[0]
        for path in python_files(LIBRARY, ROOT / "functions")
        for name in imported(path)
        if name.split(".")[0] in known
    }
    assert {IMPORTED_AS.get(name, name) for name in used} - BROUGHT_BY_LAMBDA == wishes


def test_every_exception_from_a_rule_has_its_reason():
    """In pyproject.toml each ignored rule stands before a comment, on its line or after its list."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = text.split("[tool.ruff.lint.per-file-ignores]")[1].split("[tool.pyright]")[0]
    section += text.split("\nignore = [")[1].split("\n]")[0]
    ruled = [line for line in section.splitlines() if re.search(r'"[A-Z]+[0-9]*"', line)]
    assert ruled
    assert [line for line in ruled if "#" not in line] == []


def test_the_project_runs_on_the_pythons_it_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [each.rsplit(" ", 1)[1] for each in project["classifiers"]]
    assert project["requires-python"] == f">={named[0]}"
    workflow = (ROOT / ".github/workflows/check.yml").read_text(encoding="utf-8")
    assert all(f'"{version}"' in workflow for version in named)
