"""A scaffolded CRM fits into the house before a line of it is written, and says what comes next."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scaffold.rooms import NameTakenError, NewCrm, furnish
from tests.house.tree import ROOT

CRM = NewCrm("quillcrm", "QuillCRM")
ROOMS = ("layers/core/python", "sandbox", "local", "cli", "tests/house")
FILES = ("pyproject.toml", "template.yaml")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house with a CRM that was just scaffolded."""
    copy = tmp_path_factory.mktemp("house")
    for room in ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, copy)
    furnish(CRM, root=copy)
    return copy


def _run(house: Path, *command: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(house / "layers/core/python"), str(house)])
    return subprocess.run(
        [sys.executable, *command],
        cwd=house,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def _new_python(house: Path) -> list[str]:
    return [str(path) for path in sorted(house.rglob(f"*/{CRM.name}/*.py"))]


def test_every_room_is_furnished(house):
    connector = house / "layers/core/python/crmbridge/connectors" / CRM.name
    rooms = {path.stem for path in connector.glob("*.py")}
    assert rooms == {"__init__", "auth", "client", "mapping", "webhooks"}
    assert (house / "sandbox" / CRM.name / "http.py").is_file()
    assert (house / "docs/crms" / f"{CRM.name}.md").read_text().startswith("# QuillCRM\n")
    assert "  QuillcrmWebhookFunction:\n" in (house / "template.yaml").read_text()


def test_the_new_rooms_are_formatted_and_lint_clean(house):
    for command in (("format", "--check"), ("check",)):
        done = _run(house, "-m", "ruff", *command, "--no-cache", *_new_python(house))
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_the_new_rooms_are_typed_strictly(house):
    done = _run(house, "-m", "pyright", "--pythonpath", sys.executable, *_new_python(house))
    assert done.returncode == 0, done.stdout


def test_the_new_rooms_keep_the_walls(house):
    done = _run(house, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_new_rooms_document_the_errors_they_raise(house):
    code = "from tests.house.test_errors import undocumented; print(*undocumented(), sep='\\n')"
    done = _run(house, "-c", code)
    assert done.returncode == 0, done.stderr
    assert CRM.name not in done.stdout


@pytest.mark.slow
def test_the_template_stays_valid(house):
    done = _run(house, "-c", "from cfnlint.runner import main; main()", "template.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_new_connector_claims_nothing(house):
    code = f"from crmbridge import connectors as c; s = c.declaration({CRM.name!r}).supports; print(s)"
    said = _run(house, "-c", code).stdout
    assert "True" not in said
    assert "entities=()" in said


def test_the_new_sandbox_refuses_what_it_does_not_imitate(house):
    code = (
        "import httpx; from sandbox import create;"
        f"client = httpx.Client(transport=httpx.WSGITransport(app=create({CRM.name!r})), base_url='http://x');"
        "print(client.get('/v1/contacts').status_code, client.get('/_sandbox/state').status_code)"
    )
    done = _run(house, "-c", code)
    assert done.stdout.split() == ["404", "200"], done.stderr


def test_the_house_says_one_thing_at_a_time_to_the_author(house):
    code = f"from tests.house.test_readiness import next_step; print(next_step({CRM.name!r}))"
    first = _run(house, "-c", code)
    assert first.stdout.strip() == f"declare `docs_url` in connectors/{CRM.name}/__init__.py", first.stderr
    declaration = house / "layers/core/python/crmbridge/connectors" / CRM.name / "__init__.py"
    before = declaration.read_text()
    declaration.write_text(before.replace('docs_url=""', 'docs_url="https://docs.quill.example"'))
    second = _run(house, "-c", code)
    declaration.write_text(before)
    assert second.stdout.strip() == f"declare `api_version` in connectors/{CRM.name}/__init__.py", second.stderr


def test_a_taken_name_is_refused_and_nothing_is_written(house):
    before = (house / "template.yaml").read_text()
    with pytest.raises(NameTakenError, match="exists already"):
        furnish(CRM, root=house)
    assert (house / "template.yaml").read_text() == before


@pytest.mark.parametrize("crm", [NewCrm("Close"), NewCrm("close-io"), NewCrm("x"), NewCrm("close", 'Cl"ose')])
def test_a_name_that_cannot_be_a_folder_or_a_logical_id_is_refused(crm, tmp_path):
    with pytest.raises(ValueError, match=r"letters and digits|does not belong"):
        furnish(crm, root=tmp_path)
    assert list(tmp_path.iterdir()) == []
