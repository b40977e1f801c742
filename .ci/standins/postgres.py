"""A stand-in for the official postgres image, made from this machine's PostgreSQL.

    python .ci/standins/postgres.py IMAGE      such as postgres:16; the tag is a name, the server is this machine's

It honours POSTGRES_USER, _PASSWORD, _DB, _INITDB_ARGS, _HOST_AUTH_METHOD and PGDATA as the official one does.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rootfs import RootFilesystem

INSTALLATIONS = Path("/usr/lib/postgresql")
TOOLS = ("sh", "id", "mkdir", "chown", "chmod", "mktemp", "rm", "setpriv", "cat", "ls", "sleep")
DATA = "/var/lib/postgresql/data"
ENTRYPOINT = """#!/bin/sh
set -e
export PGDATA="${PGDATA:-/var/lib/postgresql/data}"
[ "$1" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"; chown postgres "$PGDATA"; chmod 700 "$PGDATA"
    exec setpriv --reuid=999 --regid=999 --clear-groups -- "$0" "$@"
fi
user="${POSTGRES_USER:-postgres}"; db="${POSTGRES_DB:-$user}"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    [ -n "$POSTGRES_PASSWORD" ] || [ "$POSTGRES_HOST_AUTH_METHOD" = trust ] || {
        echo 'POSTGRES_PASSWORD is not set' >&2; exit 1; }
    method="${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}"
    secret=$(mktemp); echo "$POSTGRES_PASSWORD" > "$secret"
    initdb -D "$PGDATA" -U "$user" --pwfile="$secret" -E UTF8 --locale=C $POSTGRES_INITDB_ARGS
    rm -f "$secret"
    echo "host all all all $method" >> "$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
    pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
    [ "$db" = postgres ] || echo "CREATE DATABASE \\"$db\\";" | psql -v ON_ERROR_STOP=1 -U "$user" -d postgres
    pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
"""


def main(image: str) -> None:
    installation = max(INSTALLATIONS.iterdir(), key=lambda path: int(path.name))
    binaries = list((installation / "bin").iterdir())
    libraries = [path for path in (installation / "lib").rglob("*.so") if "llvm" not in path.name]
    root = RootFilesystem()
    root.folder("/tmp", 0o1777)
    for folder in (DATA, "/run/postgresql"):
        root.folder(folder, 0o1777, owner=999)
    root.link("/var/run", "/run")
    for path in [*binaries, *libraries]:
        root.file(path)
    root.libraries_of([*binaries, *libraries])
    root.programs(TOOLS)
    root.tree(Path("/usr/share/postgresql") / installation.name)
    root.tree(Path("/usr/share/zoneinfo"))
    root.text("/etc/passwd", f"root:x:0:0:root:/:/bin/sh\npostgres:x:999:999::{Path(DATA).parent}:/bin/sh\n")
    root.text("/etc/group", "root:x:0:\npostgres:x:999:\n")
    root.text("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
    root.text("/usr/local/bin/docker-entrypoint.sh", ENTRYPOINT, 0o755)
    root.build(
        image,
        [
            f"ENV PATH={installation}/bin:/bin:/usr/local/bin LANG=C.UTF-8 PGDATA={DATA}",
            f"VOLUME {DATA}",
            'ENTRYPOINT ["docker-entrypoint.sh"]',
            "STOPSIGNAL SIGINT",
            "EXPOSE 5432",
            'CMD ["postgres"]',
        ],
    )


if __name__ == "__main__":
    main(sys.argv[1])
