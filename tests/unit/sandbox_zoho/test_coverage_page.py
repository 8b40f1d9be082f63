from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from sandbox.zoho.modules import MODULE_NAMES
from sandbox.zoho.options import Options


@pytest.fixture
def page(root: Path) -> str:
    return (root / "sandbox/zoho/COVERAGE.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MODULE_NAMES)
def test_every_module_is_on_the_coverage_page(page: str, name: str):
    assert name in page


@pytest.mark.parametrize("name", sorted(asdict(Options())))
def test_every_option_is_on_the_coverage_page_and_says_what_it_does(page: str, name: str):
    assert f"`{name}`" in page
    assert f"    {name}:" in (Options.__doc__ or "")


def test_an_unknown_option_is_refused():
    with pytest.raises(ValueError, match="unknown options"):
        Options().change({"nonsense": 1})
