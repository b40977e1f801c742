#!/bin/sh
# The whole gate, on a fresh machine too; its exit code is the verdict's: 0 PASS, 1 FAIL, 3 INCOMPLETE, 4 MISCONFIGURED.
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
. "$here/python.sh"
exec "$python" "$here/commands.py" prod-ready "$@"
