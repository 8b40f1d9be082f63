"""Every door is thin, deployed, sampled, watched and documented."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys

import pytest

from tests.house import template
from tests.house.tree import LIBRARY, ROOT, functions, imported, parsed, python_files, relative

MAY_IMPORT = ("crmbridge.runtime", "crmbridge.errors", "aws_lambda_powertools")

each_function = pytest.mark.parametrize("name", functions())


def test_there_are_functions():
    assert functions(), "functions/ is empty: nothing enters the house"


@each_function
def test_a_function_has_an_app_with_a_handler(name):
    app = ROOT / "functions" / name / "app.py"
    assert app.is_file(), f"functions/{name}/app.py is missing"
    names = {node.name for node in parsed(app).body if isinstance(node, ast.FunctionDef)}
    assigned = {
        target.id
        for node in parsed(app).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert "handler" in names | assigned, f"functions/{name}/app.py defines no `handler`"


def test_no_file_of_a_function_is_longer_than_40_lines():
    lengths = {relative(path): len(path.read_text().splitlines()) for path in python_files(ROOT / "functions")}
    assert {path: n for path, n in lengths.items() if n > 40} == {}


def test_functions_import_only_the_runtime_the_errors_powertools_and_their_siblings():
    wrong: list[str] = []
    for path in python_files(ROOT / "functions"):
        siblings = {each.stem for each in path.parent.glob("*.py")}
        for name in imported(path):
            first = name.partition(".")[0]
            fine = first in sys.stdlib_module_names or first in siblings
            if not fine and not any(name == door or name.startswith(f"{door}.") for door in MAY_IMPORT):
                wrong.append(f"{relative(path)} imports {name}")
    assert not wrong, "handlers are wiring; move this into crmbridge.runtime: " + "; ".join(wrong)


HEAVY = {
    "connect_crm": {"pydantic", "httpx", "boto3", "phonenumbers", "email_validator"},
    "crm_api": {"pydantic", "httpx", "boto3", "phonenumbers", "email_validator"},
    "receive_webhook": {"pydantic", "httpx", "boto3", "aws_lambda_powertools.event_handler"},
    "apply_changes": {"pydantic", "aws_lambda_powertools.event_handler"},
    "fan_out_changes": {"pydantic", "httpx", "aws_lambda_powertools.event_handler"},
    "take_events": {
        "pydantic",
        "httpx",
        "boto3",
        "phonenumbers",
        "email_validator",
        "aws_lambda_powertools.event_handler",
    },
    "push_changes": {"pydantic", "aws_lambda_powertools.event_handler"},
    "run_sync_batch": {"pydantic", "aws_lambda_powertools.event_handler"},
}
"""What loading a function must not cost: each cold start would pay for it."""


@pytest.mark.parametrize("name", HEAVY)
def test_a_function_loads_no_library_it_has_no_use_for(name):
    paths = os.pathsep.join([str(LIBRARY.parent), str(ROOT / "functions" / name)])
    code = f"import sys, app; print(sorted({HEAVY[name]!r} & set(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": paths, "POWERTOOLS_METRICS_NAMESPACE": "test"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


@each_function
def test_a_function_is_deployed(name):
    deployed = {template.folder_of(each) for each in template.functions().values()}
    assert name in deployed, f"template.yaml has no function with `CodeUri: functions/{name}/`"


def test_every_deployed_function_has_its_folder():
    missing = {
        logical: template.folder_of(each)
        for logical, each in template.functions().items()
        if template.folder_of(each) not in functions()
    }
    assert not missing, f"template.yaml deploys folders that do not exist: {missing}"


@each_function
def test_a_function_has_a_sample_event(name):
    samples = sorted((ROOT / "events").glob(f"{name}*.json"))
    assert samples, f"events/{name}*.json is missing: one sample event for each function"
    for sample in samples:
        json.loads(sample.read_text(encoding="utf-8"))


def test_every_sample_event_belongs_to_a_function():
    strays = [
        sample.name
        for sample in (ROOT / "events").glob("*.json")
        if not any(sample.stem == name or sample.stem.startswith(f"{name}.") for name in functions())
        and not any(sample.stem.startswith(f"{name}_") or sample.stem.startswith(f"{name}-") for name in functions())
    ]
    assert not strays, f"no function is called so: {strays}"


def test_every_deployed_function_has_an_alarm():
    alarms = template.resources("AWS::CloudWatch::Alarm").values()
    watched = {name for alarm in alarms for name in template.referred(alarm["Properties"])}
    missing = sorted(set(template.functions()) - watched)
    assert not missing, f"no alarm in template.yaml refers to {missing}"


def test_every_deployed_function_has_a_role_of_its_own():
    """Either SAM makes it from the function's `Policies`, or the template writes it out; never shared."""
    owners: dict[str, str] = {}
    for name, properties in template.functions().items():
        assert properties.get("Policies") or properties.get("Role"), f"{name} has neither role nor policies"
        for role in template.referred(properties.get("Role")):
            assert role not in owners, f"{name} and {owners[role]} share {role}"
            owners[role] = name
    shared = template.document()["Globals"]["Function"]
    assert not {"Policies", "Role"} & set(shared), "policies in Globals are shared by all"


@each_function
def test_a_function_is_mentioned_in_the_docs(name):
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
    assert any(name in page.read_text(encoding="utf-8") for page in pages if page.is_file()), (
        f"no page in docs/ mentions {name}"
    )
