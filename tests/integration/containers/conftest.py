"""The whole system in containers, as docker-compose.yml says, under a project name and a port of the test's own."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import httpx
import pytest

from app.database.providers import ProviderUnavailable, containers

ROOT = Path(__file__).resolve().parents[3]
BUILD_WITHIN_S, COMMAND_WITHIN_S, READY_WITHIN_S = 900, 300, 120


def compose_program() -> list[str]:
    """`docker compose`, else `docker-compose`; nothing where neither is there."""
    for program in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(program[0]) and not subprocess.run([*program, "version"], capture_output=True).returncode:
            return program
    return []


@dataclass(frozen=True)
class Stack:
    """The running system."""

    compose: list[str]
    environment: dict[str, str]
    project: str
    client: httpx.Client

    def run(self, *arguments: str) -> str:
        """A command of compose on this stack; what it printed. What it said of a failure is in the failure."""
        done = subprocess.run(
            [*self.compose, "--project-name", self.project, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_WITHIN_S,
            check=False,
        )
        assert done.returncode == 0, f"compose {' '.join(arguments)}: {done.stderr[-2000:]}"
        return done.stdout

    def container(self, engine: Any, service: str) -> Any:
        """The service's one container, running or not."""
        labels = [f"com.docker.compose.project={self.project}", f"com.docker.compose.service={service}"]
        (found,) = engine.containers.list(all=True, filters={"label": labels})
        return found

    def answer(self, path: str, is_due: Callable[[httpx.Response], bool]) -> httpx.Response:
        """Wait for an answer of the API; fails when none comes."""
        deadline = time.monotonic() + READY_WITHIN_S
        last: object = None
        while time.monotonic() < deadline:
            try:
                answer = self.client.get(path)
                if is_due(answer):
                    return answer
                last = (answer.status_code, answer.text[:300])
            except httpx.TransportError as error:
                last = error
            time.sleep(0.2)
        raise AssertionError(f"{path} within {READY_WITHIN_S} s: {last}\n{self.run('logs', '--tail', '20')[-3000:]}")


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    """A client of the Docker engine. Without one, or without compose, these tests are not run, unless CI demands it."""
    try:
        containers.require_engine()
        missing = "" if compose_program() else "no docker compose"
    except ProviderUnavailable as unavailable:
        missing = unavailable.reason
    if missing:
        assert not os.environ.get("REQUIRE_DOCKER"), f"REQUIRE_DOCKER is set: {missing}"
        pytest.skip(f"the system is not brought up in containers here: {missing}")
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="module")
def image(engine: Any) -> Iterator[str]:
    """The backend's image, built from this checkout on BASE_IMAGE, or on the Dockerfile's own default."""
    name = f"prodplan:test-{secrets.token_hex(4)}"
    base = os.environ.get("BASE_IMAGE")
    arguments = ["--build-arg", f"BASE_IMAGE={base}"] if base else []
    # On the host's network, because the package index may only be known there.
    command = ["docker", "build", "--quiet", "--network", "host", *arguments, "--tag", name, "."]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=BUILD_WITHIN_S, check=False)
    assert built.returncode == 0, built.stderr[-3000:] + built.stdout[-1000:]
    yield name
    engine.images.remove(name, force=True)


@pytest.fixture
def stack(image: str) -> Iterator[Stack]:
    """db, migrate, api and worker, up; gone with their volumes afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        **{f"{name}_PASSWORD": secrets.token_hex(12) for name in ("POSTGRES", "API_DATABASE", "WORKER_DATABASE")},
        "PRODPLAN_IMAGE": image,
        "API_PORT": str(port),
    }
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        stack = Stack(compose_program(), environment, f"prodplan-test-{secrets.token_hex(4)}", client)
        try:
            stack.run("up", "--detach")
            yield stack
        finally:
            stack.run("down", "--volumes", "--remove-orphans", "--timeout", "5")
