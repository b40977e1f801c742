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

import sys

if __name__ == "__main__":
    from project_environment import enter  # type: ignore[import-not-found]

    enter(__file__)

    from benchmarks.honesty_table.command import main

    sys.exit(main(sys.argv[1:], str(__doc__)))
