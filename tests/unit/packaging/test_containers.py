"""docker-compose.yml and Dockerfile: what a deployment relies on, read from the files."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
import yaml

from app.database.providers.cluster import COMMON
from tests.unit.packaging.checkout import ROOT, module

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_services_are_the_four_and_the_tool_that_makes_keys() -> None:
    assert set(SERVICES) == {"db", "migrate", "api", "worker", "api-key"}
    assert [name for name, service in SERVICES.items() if "profiles" in service] == ["api-key"]


def test_api_cannot_write_the_keys_and_the_tool_reaches_no_network() -> None:
    assert "keys:/keys:ro" in SERVICES["api"]["volumes"]
    assert SERVICES["api-key"]["network_mode"] == "none"


def test_worker_finds_what_the_api_receives() -> None:
    shared = [volume for volume in SERVICES["api"]["volumes"] if volume in SERVICES["worker"]["volumes"]]
    assert [volume.partition(":")[2] for volume in shared] == [SERVICES["api"]["environment"]["UPLOAD_DIR"]]


def test_database_is_checked_kept_and_not_published() -> None:
    db = SERVICES["db"]
    assert "pg_isready" in db["healthcheck"]["test"]
    assert "ports" not in db
    assert db["volumes"][0].split(":")[0] in COMPOSE["volumes"]
    assert db["command"] == ["postgres", "-c", f"max_locks_per_transaction={COMMON['max_locks_per_transaction']}"]


@pytest.mark.parametrize("name", ["migrate", "api", "worker"])
def test_backend_reaches_db_in_docker_once_it_is_healthy(name: str) -> None:
    service = SERVICES[name]
    assert service["environment"]["IN_DOCKER"] == "true"
    assert "@db:5432/" in service["environment"]["DATABASE_URL_DOCKER"]
    assert service["depends_on"]["db"]["condition"] == "service_healthy"
    if name != "migrate":
        assert service["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert str(service["user"]).split(":")[0] not in {"0", "root"}
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}


def test_passwords_come_from_the_environment_and_are_required() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    settings = re.findall(r"^ +(\w+_PASSWORD): (\S+)", text, re.MULTILINE)
    assert {name for name, _ in settings} == {"POSTGRES_PASSWORD", "API_DATABASE_PASSWORD", "WORKER_DATABASE_PASSWORD"}
    assert all(value.startswith(f"${{{name}:?") for name, value in settings)


def test_api_and_worker_have_logins_of_their_own_and_only_the_bootstrap_has_the_servers() -> None:
    given = {
        name: service["environment"]["DATABASE_URL_DOCKER"].partition("@")[0]
        for name, service in SERVICES.items()
        if "DATABASE_URL_DOCKER" in service.get("environment", {})
    }
    assert given == {
        "migrate": "postgresql://prodplan:${POSTGRES_PASSWORD}",
        "api": "postgresql://prodplan_api_login:${API_DATABASE_PASSWORD}",
        "worker": "postgresql://prodplan_ingest_login:${WORKER_DATABASE_PASSWORD}",
    }


def test_images_are_arguments_with_a_pinned_default() -> None:
    image = SERVICES["db"]["image"], SERVICES["api"]["build"]["args"]["BASE_IMAGE"]
    assert all(re.fullmatch(r"\$\{\w+:-\w+:\d+\.\d+[\w.-]*\}", one) for one in image), image
    assert re.search(r"^ARG BASE_IMAGE=python:\d+\.\d+\.\d+", DOCKERFILE, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${BASE_IMAGE}"}


def test_image_installs_the_lock_by_hash_and_runs_unprivileged() -> None:
    assert "--require-hashes" in DOCKERFILE
    assert DOCKERFILE.rindex("USER 10001") > DOCKERFILE.rindex("RUN ")
    assert re.search(r"HEALTHCHECK(?:.|\n)*/api/health", DOCKERFILE)


def test_image_keeps_what_the_backend_needs_and_no_tools() -> None:
    surplus = set(module("environment/runtime.py").surplus(ROOT / "pyproject.toml"))
    assert {"pytest", "ruff", "mypy", "tox", "duckdb"} <= surplus
    assert not {"fastapi", "starlette", "sqlalchemy", "psycopg2-binary", "greenlet", "pydantic-core"} & surplus
    assert sys.version_info >= (3, 11)
