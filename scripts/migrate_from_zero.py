"""The schema from nothing, in a scratch database: the same as `make migrate-from-zero`.

Outside the project's environment it goes on inside it, or says how to make one.
"""

import sys

from commands import inside, run

if __name__ == "__main__":
    run("migrate-from-zero", sys.argv[1:], inside())
