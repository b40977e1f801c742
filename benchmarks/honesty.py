"""Compares what this gate, and what CI usually reads instead, say of test runs that prove nothing.

    python3 benchmarks/honesty.py [--only NAME,…] [--python PYTHON] [--json] [--write docs/honesty.md]

Every stimulus of tests/plugin/examples/stimuli becomes a project in a temporary folder. It is run by pytest without
this gate's plugin, with junit.xml, pytest-json-report and pytest-json-ctrf, and by this gate, supervised and bare; of
each witness is noted what CI would conclude from it. The reporters are no dependencies of the project: they are
installed, in pinned versions, into an environment that is thrown away, or found in the one of --python.

Exit code 0: the supervised gate told the truth about every stimulus; 1: it did not, or the reporters could not be had;
2: wrong usage.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def in_the_environment() -> None:
    """Go on in the project's environment, or say how to make one."""
    sys.path.insert(0, str(ROOT / "scripts"))
    from commands import inside  # type: ignore[import-not-found]

    python = inside()
    if python != sys.executable:
        os.execv(python, [python, __file__, *sys.argv[1:]])
    # This folder's names must not shadow anybody else's.
    sys.path[:] = [str(ROOT), *sys.path[2:]]


if __name__ == "__main__":
    in_the_environment()
    from benchmarks.honesty_table.command import main

    sys.exit(main(sys.argv[1:], str(__doc__)))
