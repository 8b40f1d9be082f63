"""Fill the deps layer with pinned wheels for Lambda's Python and CPU, or for the Python at hand."""

from __future__ import annotations

import argparse
import compileall
import hashlib
import os
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal, TypeAlias

from local.artefacts.elf import check_wheels
from local.paths import REQUIREMENTS, WHEELS

Target: TypeAlias = Literal["lambda", "host"]

LAMBDA_PYTHON = "3.13"
LAMBDA_PLATFORM = "manylinux2014_aarch64"

# Never imported by us, and most of the layer's weight.
_UNUSED = (
    "bin",
    "phonenumbers/carrierdata",
    "phonenumbers/geodata",
    "phonenumbers/tzdata",
    "cffi/recompiler.py",
    "pycparser",
)
_RECIPE = 3


def main(arguments: list[str] | None = None) -> int:
    """Build the layer that ``sam build`` asks for.

    The environment variable ``WHEELS_FOR`` chooses the target: ``lambda`` (the default) or ``host``.

    Returns:
        0, the process's exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m local.artefacts.wheels", description=__doc__)
    parser.add_argument("destination", type=Path, help="folder that becomes the layer")
    destination: Path = parser.parse_args(arguments).destination
    if os.environ.get("WHEELS_FOR", "lambda") == "host":
        point_at_wheels(destination, wheels=fetch_wheels("host"))
    else:
        shutil.copytree(fetch_wheels("lambda"), destination / "python", dirs_exist_ok=True)
    return 0


def fetch_wheels(target: Target) -> Path:
    """Return a folder with the pinned packages installed for a target, fetching them once.

    The folder's name holds a digest of the requirements and of everything that shapes the result, so a
    changed pin is a new folder and an old one is never used by mistake.

    Raises:
        subprocess.CalledProcessError: pip could not install; its own words are on stderr.
        ValueError: a wheel for ``lambda`` holds machine code of another Python or CPU.
    """
    folder = WHEELS / f"{target}-{_digest(target)}"
    if folder.is_dir():
        return folder
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
    try:
        _install(unfinished, target=target)
        _prune(unfinished)
        if target == "lambda":
            check_wheels(unfinished)
        else:
            mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
            compileall.compile_dir(unfinished, quiet=2, invalidation_mode=mode)
        _publish(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def point_at_wheels(destination: Path, *, wheels: Path) -> None:
    """Make a layer that refers to a folder of this machine in place of holding its content.

    The emulator unpacks every layer once per worker process; sixty megabytes each would cost more than the
    work itself. Python reads the ``.pth`` file when it adds the layer's site folder.
    """
    site = destination / "python" / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    folder = site / "site-packages"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "deps.pth").write_text(f"import sys; sys.path.insert(0, {str(wheels)!r})\n", encoding="utf-8")


def _digest(target: Target) -> str:
    parts = [REQUIREMENTS.read_bytes(), target.encode(), str(_RECIPE).encode(), repr(_UNUSED).encode()]
    if target == "host":
        parts.append(sys.version.encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _install(folder: Path, *, target: Target) -> None:
    command = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    command += ["--require-hashes", "--no-deps", "--no-compile", "--only-binary=:all:"]
    command += ["--requirement", str(REQUIREMENTS), "--target", str(folder)]
    if target == "lambda":
        command += ["--implementation", "cp", "--python-version", LAMBDA_PYTHON]
        command += ["--platform", LAMBDA_PLATFORM, "--platform", "manylinux_2_28_aarch64"]
    subprocess.run(command, check=True, stdout=sys.stderr)


def _prune(folder: Path) -> None:
    for name in _UNUSED:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _publish(unfinished: Path, folder: Path) -> None:
    try:
        unfinished.rename(folder)
    except OSError:  # somebody else finished the same folder first
        if not folder.is_dir():
            raise


if __name__ == "__main__":
    raise SystemExit(main())
