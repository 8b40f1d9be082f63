"""Local AWS: the emulator as a child process."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import sys
import time

from local.children import Children, tail
from local.cloud import ACCOUNT, REGION, Cloud
from local.errors import LocalError
from local.paths import LOGS, SCRATCH, STATE

NAME = "local AWS"

_READY_WITHIN_S = 30.0

# What Lambda code may see of this machine's environment; everything else of it stays outside.
_KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TZ", "VIRTUAL_ENV")


def start_emulator(children: Children, *, port: int = 0) -> Cloud:
    """Start local AWS on 127.0.0.1 and wait until it answers.

    Args:
        children: who ends it.
        port: 0 for any free one.

    Raises:
        LocalError: it did not start; the message has the end of its log.
    """
    cloud = Cloud(port or free_port())
    shutil.rmtree(SCRATCH, ignore_errors=True)  # unpacked functions of a run that was killed
    SCRATCH.mkdir(parents=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / "aws.log"
    command = [sys.executable, "-m", "ministack"]
    children.start(NAME, command, env=_environment(cloud.port), cwd=STATE, log=log)
    give_up_at = time.monotonic() + _READY_WITHIN_S
    while not _is_ready(cloud.port):
        if time.monotonic() > give_up_at:
            raise LocalError(f"local AWS did not start: {tail(log)}")
        if children.ended():
            raise LocalError(f"local AWS ended at once: {tail(log)}")
        time.sleep(0.05)
    return cloud


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(port: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "LAMBDA_EXECUTOR": "local",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "0",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        # a failing pre-token trigger refuses the sign-in, as Cognito does
        "MINISTACK_COGNITO_PRETOKEN_STRICT": "1",
        "STATE_DIR": str(STATE / "aws"),
        "S3_DATA_DIR": str(STATE / "s3"),
        "TMPDIR": str(SCRATCH),
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONUNBUFFERED": "1",
    }


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
