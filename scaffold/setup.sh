#!/usr/bin/env bash
# Create a virtual environment holding exactly the hashed requirements of one lock file.
# Usage: scaffold/setup.sh VENV LOCK_FILE. Does nothing when that is already so.
set -euo pipefail

venv=$1
lock=$2
stamp="$venv/.installed"
recent='import sys; sys.exit(sys.version_info < (3, 11))'

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$candidate" -c "$recent" 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "setup: no Python 3.11 or newer found; name one with PYTHON=/path/to/python3" >&2
    return 1
}

wanted="$(cksum <"$lock")"
if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c "$recent" 2>/dev/null; then
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        exit 0
    fi
else
    python="$(find_python)"
    echo "setup: creating $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
fi

echo "setup: installing $lock (minutes the first time, then never again)"
rm -f "$stamp"
# The lock is complete, so pip need not resolve it again: older pips cannot match extras to hashes.
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
    --no-deps --require-hashes --requirement "$lock"
"$venv/bin/python" -m pip check --quiet
echo "$wanted" >"$stamp"
echo "setup: ready"
