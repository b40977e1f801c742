"""One ingestion: the same as `make ingest`.

Outside the project's environment it goes on inside it, or says how to make one.
"""

import sys

from commands import inside, run

if __name__ == "__main__":
    run("ingest", sys.argv[1:], inside())
