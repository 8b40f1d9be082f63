"""Where things lie in the work tree."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "template.yaml"
REQUIREMENTS = ROOT / "layers" / "deps" / "requirements.txt"
SANDBOX = ROOT / "sandbox"

STATE = ROOT / ".local"
"""Everything the local platform leaves behind; may be deleted whenever it is down."""

WHEELS = STATE / "wheels"
LOGS = STATE / "logs"
FUNCTION_LOG = LOGS / "functions.log"
SCRATCH = STATE / "tmp"
RUN_FILE = STATE / "run.json"
LOCK_FILE = STATE / "up.lock"
LAMBDA_BUILD = ROOT / ".aws-sam" / "build"
