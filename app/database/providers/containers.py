"""A throw-away server in a container, by Testcontainers, when a Docker engine answers."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import docker
import sqlalchemy as sa
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import get_docker_host

from app.config import Settings
from app.database.engine import check_server, open_engine
from app.database.errors import ContainerFailed, ProviderUnavailable, ServerUnreachable
from app.database.providers.cluster import SUPERUSER, THROWAWAY, new_password
from app.database.providers.keeper_client import Keeper
from app.database.providers.provided_server import Server
from app.database.providers.space import memory_is_plenty
from app.database.urls import DIALECT

PROVIDER = "testcontainers"
DEFAULT_MAJOR = 16
PROBE_TIMEOUT_S = 2.0
PROBE_API_VERSION = "1.40"
"""Any version will do for a ping; asking the engine for its own costs another request, and two more
seconds if it hangs."""
DEFAULT_SOCKET = "unix:///var/run/docker.sock"
READY_DEADLINE_S = 60.0
POLL_S = 0.1
PORT = 5432
DATA_IN_MEMORY = "/pgdata"
LABEL = "prodplan.gate"


@contextmanager
def testcontainers_server(settings: Settings) -> Iterator[Server]:
    """A throw-away server in a container of POSTGRES_IMAGE. Raises ProviderUnavailable, ContainerFailed.

    Testcontainers' own reaper (a second image, which a closed network may not have) is off: the keeper does its work.
    """
    require_engine()
    testcontainers_config.ryuk_disabled = True
    label, password = secrets.token_hex(16), new_password()
    image = image_of(settings)
    with ExitStack() as stack:
        kept_by = stack.enter_context(Keeper.containers(f"{LABEL}={label}"))
        try:
            container = described(image, password).with_kwargs(labels={LABEL: label})
            stack.callback(container.get_docker_client().client.close)
            container.start()
        except (docker.errors.DockerException, OSError) as error:
            raise ProviderUnavailable(
                PROVIDER, f"a container of {image} cannot be started ({one_line(error)})"
            ) from None
        # Last in, first out: removed here on every orderly way out, and by the keeper on the others.
        stack.callback(lambda: kept_by.tell(done=True))
        stack.callback(container.stop)
        try:
            host, port = container.get_container_host_ip(), int(container.get_exposed_port(PORT))
            url = sa.URL.create(DIALECT, SUPERUSER, password, host, port, "postgres")
            version = version_when_ready(container, url)
        except (docker.errors.DockerException, OSError) as error:
            raise ContainerFailed(
                f"The Docker engine broke off after it started {image} ({one_line(error)})."
            ) from None
        yield Server(PROVIDER, url, version, is_throwaway=True)


def image_of(settings: Settings) -> str:
    """POSTGRES_IMAGE, or the official image of the major version asked for."""
    return settings.postgres_image or f"postgres:{settings.postgres_major or DEFAULT_MAJOR}"


def described(image: str, password: str) -> DockerContainer:
    """The container to start, with throw-away settings, in memory when there is enough."""
    settings = THROWAWAY | {"listen_addresses": "*"}
    del settings["unix_socket_directories"]  # the image's entry point talks to its server over the socket
    options = [f"-c {name}={value}" for name, value in settings.items()]
    container = (
        DockerContainer(image)
        .with_command(f"postgres {' '.join(options)}")
        .with_exposed_ports(PORT)
        .with_env("POSTGRES_USER", SUPERUSER)
        .with_env("POSTGRES_PASSWORD", password)
        .with_env("POSTGRES_INITDB_ARGS", "--no-sync --encoding=UTF8 --locale=C")
    )
    if memory_is_plenty():
        container = container.with_env("PGDATA", DATA_IN_MEMORY).with_tmpfs_mount(DATA_IN_MEMORY)
    return container


def version_when_ready(container: DockerContainer, url: sa.URL) -> str:
    """Wait until the server accepts connections from here; its version. Raises ContainerFailed with its last log
    lines."""
    until = time.monotonic() + READY_DEADLINE_S
    with open_engine(url) as engine:
        while True:
            try:
                return check_server(engine).version
            except ServerUnreachable as refusal:
                container.reload()
                if container.status not in ("created", "running") or time.monotonic() > until:
                    words = b" | ".join(b"".join(container.get_logs()).splitlines()[-6:]).decode(errors="replace")
                    raise ContainerFailed(
                        f"The container's PostgreSQL cannot be used: {refusal} "
                        f"The container is {container.status} and its log ends: {words}"
                    ) from None
                time.sleep(POLL_S)


def require_engine() -> None:
    """Raises ProviderUnavailable unless a Docker engine answers within two seconds; a hung one costs no more."""
    host = get_docker_host() or DEFAULT_SOCKET
    try:
        if host.startswith("unix://"):
            # The Docker client leaves its socket open when the connection is refused, so look first.
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(PROBE_TIMEOUT_S)
                probe.connect(host.removeprefix("unix://"))
        client = docker.DockerClient.from_env(
            timeout=PROBE_TIMEOUT_S, version=PROBE_API_VERSION, environment={**os.environ, "DOCKER_HOST": host}
        )
        try:
            client.ping()
        finally:
            client.close()
    except (docker.errors.DockerException, OSError) as error:
        raise ProviderUnavailable(PROVIDER, f"no Docker engine answers at {host} ({one_line(error)})") from None


def one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
