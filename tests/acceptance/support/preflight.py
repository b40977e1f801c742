"""Faults of the workbook and the server that show before a gate run begins, within a second or two."""

from __future__ import annotations

import os
import socket
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from app.config import Settings
from app.database.errors import DatabaseError

CONNECT_TIMEOUT_S = 1.0
POSTGRES_PORT = 5432


def faults(settings: Settings, workbook: Path | None, provider: str | None, *, release: bool) -> Iterator[str]:
    """Yield the reasons for which no run should begin, a sentence each.

    workbook, provider: the values of --workbook and --postgres.
    """
    given = workbook or settings.prodplan_workbook
    if given is not None:
        source = "--workbook" if workbook else "PRODPLAN_WORKBOOK"
        yield from (f"{source} {given}: {fault}" for fault in _faults_of_workbook(Path(given)))
    elif release:
        yield "--gate-release needs the real workbook: use --workbook."
    if provider is not None:
        try:
            yield from (f"--postgres {provider}: {fault}" for fault in _faults_of_provider(settings, provider))
        except DatabaseError as error:
            yield f"--postgres {provider}: {error}"


def _faults_of_workbook(path: Path) -> Iterator[str]:
    if not path.exists():
        yield "there is no such file."
    elif not path.is_file():
        yield "it is no file."
    elif not os.access(path, os.R_OK):
        yield "it may not be read."
    elif not zipfile.is_zipfile(path):
        yield "it is no .xlsx workbook."


def _faults_of_provider(settings: Settings, provider: str) -> Iterator[str]:
    """Raises DatabaseError where the provider itself says why it cannot be used."""
    if provider == "external":
        yield from _faults_of_url(settings)
    elif provider == "testcontainers":
        from app.database.providers.containers import require_engine

        require_engine()
    else:
        yield from _faults_of_binaries(settings, provider)


def _faults_of_url(settings: Settings) -> Iterator[str]:
    from app.database.providers.external import names_of_urls
    from app.database.urls import explicit_url

    url = explicit_url(settings)
    if url is None:
        yield f"{names_of_urls(settings)} not set."
    elif url.host and not url.host.startswith("/") and "host" not in url.query:
        port = url.port or POSTGRES_PORT
        try:
            socket.create_connection((url.host, port), CONNECT_TIMEOUT_S).close()
        except OSError as error:
            yield f"nothing answers at {url.host}:{port} ({error.strerror or error})."


def _faults_of_binaries(settings: Settings, provider: str) -> Iterator[str]:
    from app.database.providers.binaries import Unusable, usable, wheel_binaries
    from app.database.providers.embedded import account_for, installed_binaries

    candidates = installed_binaries(settings) if provider == "system" else wheel_binaries()
    with tempfile.TemporaryDirectory() as stage:
        try:
            usable(candidates, account_for(provider), settings.postgres_major, Path(stage))
        except Unusable as reason:
            yield f"{reason}."
