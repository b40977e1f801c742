#!/bin/sh
# Database, roles and schema made or brought to head, and verified.
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
. "$here/python.sh"
exec "$python" "$here/commands.py" bootstrap "$@"
