"""A simulated CRM in a process of its own, started as anybody starts one: ``python -m sandbox <crm>``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
END_S = 10


@dataclass(frozen=True)
class SpawnedApp:
    """What the process says of its application."""

    credentials: dict[str, Any]


@dataclass(frozen=True)
class SandboxProcess:
    """A running process.

    Attributes:
        url: where it is reached.
        certificate: path of the throw-away certificate, ``None`` without TLS.
    """

    url: str
    app: SpawnedApp
    certificate: Path | None


@contextmanager
def spawned(crm: str, *, tls: bool = False) -> Generator[SandboxProcess]:
    """Run a fresh simulated CRM until the block ends, or this process does."""
    command = [sys.executable, "-m", "sandbox", crm, "--port", "0", "--parent-pid", str(os.getpid())]
    process = subprocess.Popen([*command, *(["--tls"] if tls else [])], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        assert ready["crm"] == crm
        certificate = Path(ready["certificate"]) if tls else None
        yield SandboxProcess(ready["url"], SpawnedApp(ready["credentials"]), certificate)
    finally:
        process.terminate()
        process.wait(timeout=END_S)
        process.stdout.close()
