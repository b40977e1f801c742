"""A start of PostgreSQL that fails for a passing reason is tried again; any other is told at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.database.errors import ServerDidNotStart
from app.database.providers.binaries import Binaries
from app.database.providers.cluster import Cluster, free_port, serve


class Keeper:
    """Starts servers that write one line each into the log, and is ready with the first that has none to write."""

    def __init__(self, cluster: Cluster, lines: list[str]) -> None:
        self._cluster, self._lines = cluster, lines
        self.starts = 0

    def start(self, argv: list[str], *_: Any, **__: Any) -> int:
        self.starts += 1
        if not self._lines:
            port = argv[argv.index("-p") + 1]
            lines = [str(self.starts), str(self._cluster.data), "0", port, "", "127.0.0.1", "", "ready"]
            (self._cluster.data / "postmaster.pid").write_text("\n".join(lines), encoding="utf-8")
        else:
            with self._cluster.log.open("a", encoding="utf-8") as log:
                log.write(self._lines.pop(0) + "\n")
        return self.starts

    def exit_code(self, pid: int, *, wait_s: float) -> int:
        return 1


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path, Binaries(tmp_path, "test"), None, "password", tmp_path / "server.log")


@pytest.mark.parametrize(
    "line",
    [
        'FATAL:  could not create file "base/16384/16390": File exists',
        'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use',
    ],
)
def test_passing_reason_is_tried_again(cluster: Cluster, line: str) -> None:
    keeper: Any = Keeper(cluster, [line])
    assert serve(cluster, keeper, {}, lasting=False) > 0
    assert keeper.starts == 2


def test_second_attempt_takes_the_port_that_clients_know_unless_another_has_it(cluster: Cluster) -> None:
    port = free_port()
    keeper: Any = Keeper(cluster, ['FATAL:  could not create file "base/16384/16390": File exists'])
    assert serve(cluster, keeper, {}, lasting=False, former_port=port) == port
    keeper = Keeper(cluster, ['LOG:  could not bind IPv4 address "127.0.0.1": Address already in use'])
    assert serve(cluster, keeper, {}, lasting=False, former_port=port) != port


def test_lasting_reason_is_told_at_once(cluster: Cluster) -> None:
    keeper: Any = Keeper(cluster, ["FATAL:  data directory has wrong ownership"] * 2)
    with pytest.raises(ServerDidNotStart, match="wrong ownership"):
        serve(cluster, keeper, {}, lasting=False)
    assert keeper.starts == 1
