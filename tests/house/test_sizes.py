"""Files and functions stay small enough to be read in one go."""

from __future__ import annotations

from collections.abc import Sequence

from tests.house.tree import PRODUCT, defined, python_files, relative


def _file_lengths(*rooms) -> dict[str, int]:
    return {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files(*rooms)}


def _function_lengths(*rooms) -> dict[str, int]:
    return {
        f"{relative(path)}::{name}": (node.end_lineno or 0) - node.lineno + 1
        for path in python_files(*rooms)
        for name, node in defined(path)
    }


def _share(values: Sequence[int], share: float) -> int:
    return sorted(values)[int(len(values) * share)]


def _longest(lengths: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(lengths.items(), key=lambda item: -item[1])[:12]


def test_no_python_file_is_longer_than_400_lines():
    assert {path: n for path, n in _file_lengths().items() if n > 400} == {}


def test_no_function_is_longer_than_50_lines():
    assert {name: n for name, n in _function_lengths().items() if n > 50} == {}


def test_most_product_files_are_short():
    lengths = {path: n for path, n in _file_lengths(*PRODUCT).items() if n > 1}
    assert _share(list(lengths.values()), 0.5) <= 100, f"half the files are too long: {_longest(lengths)}"
    assert _share(list(lengths.values()), 0.9) <= 250, f"too many long files: {_longest(lengths)}"


def test_most_product_functions_are_short():
    lengths = _function_lengths(*PRODUCT)
    assert _share(list(lengths.values()), 0.5) <= 10, f"half the functions are too long: {_longest(lengths)}"
    assert _share(list(lengths.values()), 0.9) <= 30, f"too many long functions: {_longest(lengths)}"
