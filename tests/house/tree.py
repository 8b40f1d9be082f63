"""What the house holds, read from its folders: tests compare rooms by these names."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "layers/core/python/crmbridge"
PRODUCT = (LIBRARY, *(ROOT / room for room in ("functions", "sandbox", "local", "scaffold", "bench", "cli")))

Function = ast.FunctionDef | ast.AsyncFunctionDef


def folders(parent: Path) -> list[str]:
    """Return the names of a folder's public sub-folders that hold anything, ascending."""
    if not parent.is_dir():
        return []
    return sorted(
        each.name for each in parent.iterdir() if each.is_dir() and each.name[0] not in "_." and any(each.glob("[!_]*"))
    )


def crms() -> list[str]:
    """Return the names of all connectors; the folder is the registration."""
    return folders(LIBRARY / "connectors")


def functions() -> list[str]:
    """Return the names of all function folders."""
    return folders(ROOT / "functions")


def pascal(name: str) -> str:
    """Return a folder's name as it appears in logical ids: ``run_sync_batch`` is ``RunSyncBatch``."""
    return "".join(word.capitalize() for word in name.split("_"))


@cache
def files(suffix: str = "") -> tuple[Path, ...]:
    """Return the repository's files, new ones included and ignored ones left out."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode == 0:
        paths = [ROOT / name for name in done.stdout.split("\0") if name]
    else:  # a copy without its history
        paths = [path for path in ROOT.rglob("*") if not {"__pycache__", ".venv"} & set(path.parts)]
    return tuple(sorted(path for path in paths if path.is_file() and path.name.endswith(suffix)))


def python_files(*rooms: Path) -> list[Path]:
    """Return the Python files of some rooms, or of the whole house."""
    return [path for path in files(".py") if not rooms or any(path.is_relative_to(room) for room in rooms)]


def relative(path: Path) -> str:
    """Return a path as one would type it from the root."""
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def defined(path: Path) -> Iterator[tuple[str, Function]]:
    """Yield every function of a file with its qualified name, methods included, nested ones left out."""
    for node in parsed(path).body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, Function):
                    yield f"{node.name}.{inner.name}", inner


def imported(path: Path) -> set[str]:
    """Return the dotted names a file imports: ``from a.b import c`` gives ``a.b.c``."""
    names: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names
