from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from sandbox.freshsales.modules import MODULES
from sandbox.freshsales.options import Options


@pytest.fixture
def page(root: Path) -> str:
    return (root / "sandbox" / "freshsales" / "COVERAGE.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(asdict(Options())))
def test_every_option_is_on_the_coverage_page_and_says_what_it_does(page: str, name: str):
    assert f"`{name}`" in page
    assert f"        {name}:" in (Options.__doc__ or "")


@pytest.mark.parametrize("plural", [each.plural for each in MODULES])
def test_every_module_is_on_the_coverage_page(page: str, plural: str):
    assert plural in page
