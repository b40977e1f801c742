#!/bin/sh
# The whole gate, on a fresh machine too; its exit code is the verdict's: 0 PASS, 1 FAIL, 3 INCOMPLETE, 4 MISCONFIGURED.
exec "${PYTHON:-python3}" "${0%/*}/commands.py" prod-ready "$@"
