"""A container's life, where a Docker engine runs; elsewhere, that its absence is what is said.

Without an engine these tests prove the refusal, and the embedded provider's tests carry the rest; with REQUIRE_DOCKER
set, as on CI, a missing engine fails them.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import docker
import pytest

from app.config import load_settings
from app.database.errors import ServerDidNotStart
from app.database.providers import ProviderUnavailable, containers, open_server

ENGINE = {name: value for name, value in os.environ.items() if name.startswith(("DOCKER_", "POSTGRES_IMAGE"))}


@pytest.fixture
def engine() -> Iterator[Any]:
    """A client of the engine, or None where none answers."""
    try:
        containers.require_engine()
    except ProviderUnavailable:
        yield None
        return
    client = docker.from_env()
    yield client
    client.close()


def container_behind(engine: Any, url: str) -> Any:
    """The container that publishes the URL's port."""
    port = url.rpartition("/")[0].rpartition(":")[2]
    (found,) = [
        container
        for container in engine.containers.list(filters={"label": containers.LABEL})
        if port in {binding["HostPort"] for bindings in container.ports.values() for binding in bindings or ()}
    ]
    return found


def assert_absence_is_said() -> None:
    assert not os.environ.get("REQUIRE_DOCKER"), "REQUIRE_DOCKER is set and no Docker engine answers"
    with pytest.raises(ProviderUnavailable) as refusal, open_server(load_settings(), "testcontainers", say=id):
        pass
    assert "no Docker engine answers" in refusal.value.reason


@pytest.mark.parametrize("ending", ["end", "SIGTERM", "SIGKILL", "SIGINT", "Ctrl-C in the terminal"])
def test_no_container_survives_the_parent(ending: str, engine: Any, hold: Callable[..., Any]) -> None:
    if engine is None:
        assert_absence_is_said()
        return
    holder = hold("testcontainers", **ENGINE)
    container = container_behind(engine, holder.hears()["url"])
    volumes = {mount["Name"] for mount in container.attrs["Mounts"] if mount["Type"] == "volume"}
    if ending == "end":
        assert holder.end() == 0
    else:
        if ending.startswith("Ctrl-C"):
            os.killpg(holder.process.pid, signal.SIGINT)
        else:
            holder.process.send_signal(signal.Signals[ending])
        try:
            container.wait(condition="removed", timeout=20)
        except docker.errors.NotFound:
            holder.process.wait(20)  # it was gone before the question
    assert container.id not in {left.id for left in engine.containers.list(all=True)}
    assert not volumes & {volume.name for volume in engine.volumes.list()}


def test_image_that_cannot_be_had_is_said(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if engine is None:
        assert_absence_is_said()
        return
    monkeypatch.setenv("POSTGRES_IMAGE", "localhost:1/nowhere:1")
    with pytest.raises(ProviderUnavailable) as refusal, open_server(load_settings(), "testcontainers", say=id):
        pass
    assert "localhost:1/nowhere:1 cannot be started" in refusal.value.reason


def test_a_failing_start_says_why_and_leaves_no_container(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if engine is None:
        assert_absence_is_said()
        return
    made: list[str] = []
    token_hex = containers.secrets.token_hex
    monkeypatch.setattr(containers.secrets, "token_hex", lambda size: (made.append(token_hex(size)), made[-1])[1])
    monkeypatch.setattr(containers, "THROWAWAY", containers.THROWAWAY | {"shared_buffers": "nonsense"})
    with (
        pytest.raises(ServerDidNotStart, match="shared_buffers"),
        open_server(load_settings(), "testcontainers", say=id),
    ):
        pass
    ours = {f"{containers.LABEL}={value}" for value in made}
    assert not [left for label in ours for left in engine.containers.list(all=True, filters={"label": label})]
