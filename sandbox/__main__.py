"""Run one simulated CRM: ``python -m sandbox hubspot --port 0``."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from sandbox import SandboxApp, Settings, available, create
from sandbox._server import SandboxServer
from sandbox._state_file import StateFile, StateFileError

_PARENT_CHECK_S = 0.5


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM, SIGINT or the end of the watched parent process."""
    options = _parse(arguments)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _setter(stopping))
    file = StateFile(options.state_file) if options.state_file else None
    try:
        _serve(options, file, stopping)
    except StateFileError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    finally:
        if file is not None:
            file.close()
    return 0


def _serve(options: argparse.Namespace, file: StateFile | None, stopping: threading.Event) -> None:
    def build(url: str) -> SandboxApp:
        app = create(options.crm, Settings(base_url=url, webhook_urls=tuple(options.webhook_url)))
        return file.keep(app) if file is not None else app

    server = SandboxServer(build, port=options.port, tls=options.tls)
    with server:
        ready = {
            "crm": options.crm,
            "url": server.url,
            "control": f"{server.url}/_sandbox",
            "credentials": server.app.credentials,
        }
        if server.certificate is not None:
            ready["certificate"] = str(server.certificate)
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        while not stopping.wait(_PARENT_CHECK_S if options.parent_pid else None):
            if not _is_alive(options.parent_pid):
                break


def _setter(event: threading.Event) -> Callable[[int, FrameType | None], None]:
    def set_event(_number: int, _frame: FrameType | None) -> None:
        event.set()

    return set_event


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Run one simulated CRM.")
    parser.add_argument("crm", choices=available())
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--tls", action="store_true", help="HTTPS with a throw-away certificate")
    parser.add_argument("--webhook-url", nargs="+", action="extend", default=[], metavar="URL")
    parser.add_argument("--state-file", type=Path, metavar="PATH", help="keep the state here, go on from it at start")
    parser.add_argument("--parent-pid", type=int, help="end when this process ends")
    return parser.parse_args(arguments)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] != "Z"


if __name__ == "__main__":
    raise SystemExit(main())
