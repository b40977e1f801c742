"""`python3 scripts/environment`: build `.venv` from requirements.lock, one line for each step.

Called by setup_environment.py, which holds the lock, chose this interpreter, and sets the stamp after it. Whatever
goes wrong is one sentence on stderr and exit code 1.
"""

from __future__ import annotations

import sys

from building import build
from explanation import SetupFailed, explain

if __name__ == "__main__":
    try:
        build()
    except SetupFailed as failure:
        sys.stderr.write(f"setup: {failure}\n")
        raise SystemExit(1) from None
    except OSError as error:
        sys.stderr.write(f"setup: {explain('Writing .venv', f'ERROR: {error}', 1, 'none')}\n")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
