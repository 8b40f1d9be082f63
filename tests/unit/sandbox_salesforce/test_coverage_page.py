from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.salesforce.routes import DATA_ROUTES
from sandbox.salesforce.schema import standard_objects
from sandbox.salesforce.switches import Switches


@pytest.fixture
def page(root: Path) -> str:
    return (root / "sandbox" / "salesforce" / "COVERAGE.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted({route.path for route in DATA_ROUTES if route.path}))
def test_every_path_is_on_the_coverage_page(page: str, path: str):
    assert f"`{path}`" in page


@pytest.mark.parametrize("name", sorted(set(standard_objects()) - {"CustomField"}))
def test_every_object_is_on_the_coverage_page(page: str, name: str):
    assert name in page


def test_every_switch_says_what_it_does():
    described = Switches.__doc__ or ""
    assert [name for name in Switches().as_json() if f"    {name}:" not in described] == []
