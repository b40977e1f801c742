#!/bin/sh
# Database, roles and schema made or brought to head, and verified.
exec "${PYTHON:-python3}" "${0%/*}/commands.py" bootstrap "$@"
