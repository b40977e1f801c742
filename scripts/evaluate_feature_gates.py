"""FEATURE_GATES.json of the live run: the same as `make feature-gates`.

Outside the project's environment it goes on inside it, or says how to make one.
"""

import sys

from commands import inside, run

if __name__ == "__main__":
    run("feature-gates", sys.argv[1:], inside())
