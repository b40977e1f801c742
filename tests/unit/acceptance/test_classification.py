"""Faults of the Docker engine are of the category DOCKER, with what a person can do; those of a server are not."""

from __future__ import annotations

import docker.errors
import pytest

from app.database.errors import ContainerFailed, ProviderUnavailable, ServerDidNotStart, ServerUnreachable
from tests.acceptance.support.classification import NO_DOCKER, category_of, remedy_of

MISSING = ProviderUnavailable("testcontainers", "no Docker engine answers at unix:///nowhere ([Errno 2] No such file)")


@pytest.mark.parametrize(
    "fault",
    [
        MISSING,
        ProviderUnavailable("testcontainers", "a container of postgres:16 cannot be started (pull access denied)"),
        ContainerFailed("The container's PostgreSQL cannot be used: it is exited."),
        docker.errors.APIError("500 Server Error"),
        docker.errors.ImageNotFound("no such image"),
    ],
)
def test_engine_or_container_at_fault_is_docker(fault: Exception) -> None:
    assert category_of(fault) == "DOCKER"
    assert remedy_of(fault) == NO_DOCKER


@pytest.mark.parametrize(
    "fault",
    [
        ProviderUnavailable("embedded", "no server binaries are installed"),
        ServerDidNotStart("postgres failed"),
        ServerUnreachable("No connection"),
    ],
)
def test_server_of_another_provider_is_the_environment(fault: Exception) -> None:
    assert category_of(fault) == "ENV"
    assert remedy_of(fault) != NO_DOCKER
