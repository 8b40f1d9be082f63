"""Build Lambda's artefacts and check that Lambda could run them."""

from __future__ import annotations

from pathlib import Path

from local.artefacts.elf import check_wheels
from local.errors import LocalError


def check_artefacts(build: Path) -> dict[str, int]:
    """Check what ``sam build`` left for AWS.

    Args:
        build: the build directory.

    Returns:
        How many functions, files of the library and shared objects there are.

    Raises:
        LocalError: a part is missing, or holds something that python3.13 on arm64 could not load.
    """
    functions = sorted(build.glob("*Function"))
    empty = [path.name for path in functions if not (path / "app.py").is_file()]
    library = build / "CoreLayer" / "python" / "crmbridge"
    wheels = build / "DepsLayer" / "python"
    if not functions or empty:
        raise LocalError(f"no handler in {', '.join(empty) or 'the build'}")
    if not (library / "errors.py").is_file():
        raise LocalError("the core layer does not hold the library")
    stale = [path.name for path in build.rglob("*.pyc")]
    if stale:
        raise LocalError(f"the artefacts hold this machine's byte code: {', '.join(stale[:3])}")
    try:
        objects = check_wheels(wheels)
    except ValueError as error:
        raise LocalError(str(error)) from error
    if not objects:
        raise LocalError("the deps layer holds no compiled wheel; pydantic and cryptography have some")
    return {"functions": len(functions), "modules": len(list(library.rglob("*.py"))), "shared_objects": objects}
