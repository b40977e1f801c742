"""`python holder.py KIND|persistent [fork|fail]`: hold a server, say where it is, wait for the end of standard input.

With `fork` there is a forked child beside it that inherits every descriptor; with `fail` the server is told to start
with a setting that it refuses. HOLDER_BASE is the folder to make the data folder in.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import sqlalchemy as sa

from app.config import load_settings
from app.database.engine import make_engine
from app.database.persistent import persistent_server
from app.database.providers import Server, embedded, open_server


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].split()[1])


def describe(server: Server, forked: int | None) -> dict[str, object]:
    engine = make_engine(server.url)
    with engine.connect() as connection:
        data = connection.execute(sa.text("SELECT current_setting('data_directory')")).scalar_one()
    engine.dispose()
    said = {"url": server.url.render_as_string(hide_password=False), "data": data, "forked": forked}
    pid_file = Path(data, "postmaster.pid")
    if pid_file.exists():  # not so for a container's
        said["postmaster"] = int(pid_file.read_text(encoding="ascii").split()[0])
        said["keeper"] = parent_of(said["postmaster"])
    return said


def main(kind: str, *manner: str) -> None:
    if base := os.environ.get("HOLDER_BASE"):
        embedded.data_base = lambda account: Path(base)
    if "fail" in manner:
        embedded.THROWAWAY = embedded.THROWAWAY | {"shared_buffers": "nonsense"}
    opened = persistent_server(load_settings()) if kind == "persistent" else open_server(load_settings(), kind, say=id)
    with opened as server:
        forked = os.fork() if "fork" in manner else None
        if forked == 0:
            sys.stdin.read()
            os._exit(0)
        sys.stdout.write(json.dumps(describe(server, forked)) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
