"""docs/ERROR_TRIAGE_REPORT.md of the latest gate run: the same as `make triage`.

Outside the project's environment it goes on inside it, or says how to make one.
"""

import sys

from commands import inside, run

if __name__ == "__main__":
    run("triage", sys.argv[1:], inside())
