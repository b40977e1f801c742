"""docs/perf/SLO_RESULTS.json, measured: the same as `make slo-results`.

Outside the project's environment it goes on inside it, or says how to make one.
"""

import sys

from commands import inside, run

if __name__ == "__main__":
    run("slo-results", sys.argv[1:], inside())
