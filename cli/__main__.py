"""``python -m cli`` is ``crmbridge``."""

from __future__ import annotations

import sys

from cli.run import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
