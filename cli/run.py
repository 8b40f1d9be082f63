"""Read what was typed, do it, and end with a code that a script can act upon."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TextIO

import httpx

from cli.api import Api, RefusedError, UnreachableError
from cli.arguments import parser
from cli.desk import INTERRUPTED, OK, REFUSED, UNREACHABLE, WRONG, Desk


def main(
    arguments: Sequence[str],
    *,
    transport: httpx.BaseTransport | None = None,
    read: TextIO | None = None,
    write: TextIO | None = None,
    progress: TextIO | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Run one command.

    Args:
        arguments: without the program's name.
        transport: for tests; ``None`` is the network.
        read: where tokens and codes are typed; standard input by default.
        write: where results go; standard output by default.
        progress: where everything else goes; standard error by default.
        sleep: waits between two looks.

    Returns:
        The exit code.
    """
    asked = parser().parse_args(arguments)
    url, token = asked.url or os.environ.get("CRMBRIDGE_URL", ""), os.environ.get("CRMBRIDGE_TOKEN", "")
    out, err = write or sys.stdout, progress or sys.stderr
    if not url.startswith(("http://", "https://")) or not token:
        what = "CRMBRIDGE_TOKEN to an access token" if url else "CRMBRIDGE_URL, or give --url"
        print(f"crmbridge: set {what}", file=err)
        return WRONG
    desk = Desk(Api(url, token, transport=transport), read or sys.stdin, out, err, sleep, as_json=asked.json)
    try:
        return asked.run(desk, asked)
    except RefusedError as error:
        _refused(error, err)
        return REFUSED
    except UnreachableError as error:
        print(f"crmbridge: {error}", file=err)
        return UNREACHABLE
    except BrokenPipeError:  # whoever reads has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED


def _refused(error: RefusedError, err: TextIO) -> None:
    field = error.problem.get("field")
    print(f"crmbridge: {error}" + (f" ({field})" if field else ""), file=err)
    if error.problem.get("nextStep"):
        print(f"  {error.problem['nextStep']}", file=err)
