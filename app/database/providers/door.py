"""Chooses the provider of a PostgreSQL: the requested one, else the first one that is usable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from app.config import Settings
from app.database.errors import ProviderUnavailable, ServerDidNotStart, UnfitServer
from app.database.providers.embedded import embedded_server, system_server
from app.database.providers.external import external_server
from app.database.providers.provided_server import Say, Server
from app.database.urls import explicit_url

Provider = Callable[[Settings], AbstractContextManager[Server]]


def testcontainers_server(settings: Settings) -> AbstractContextManager[Server]:
    """Imported at its first use, because its packages take a quarter of a second."""
    from app.database.providers import containers

    return containers.testcontainers_server(settings)


PROVIDERS: dict[str, Provider] = {
    "external": external_server,
    "testcontainers": testcontainers_server,
    "embedded": embedded_server,
    "system": system_server,
}
"""The providers in the order in which they are tried."""
KINDS = tuple(PROVIDERS)


def _require_major(server: Server, major: int | None) -> None:
    """Raises UnfitServer for another major version than the requested one: a named server or image can be of any."""
    if major is not None and int(server.version.partition(".")[0]) != major:
        raise UnfitServer(
            f"POSTGRES_MAJOR is {major}, but the server by {server.provider} is {server.version}: "
            "name one of that version (DATABASE_URL, POSTGRES_IMAGE), or unset POSTGRES_MAJOR."
        )


@contextmanager
def open_server(settings: Settings, kind: str | None = None, *, say: Say) -> Iterator[Server]:
    """A PostgreSQL for the gate and the tests, until the block ends; a throw-away one leaves nothing behind.

    `kind` forces a provider, and one that cannot start is then an error. Otherwise the first usable one of external,
    testcontainers, embedded and system is taken, and `say` gets one line for each that was passed over. A URL that is
    set but wrong or unreachable is always an error: another server would prove nothing about the named one.

    Raises ProviderUnavailable, ServerDidNotStart, DiskFull, ServerUnreachable, UnfitServer, UnsupportedDatabase,
    LocalhostInDocker.
    """
    if kind is not None and kind not in PROVIDERS:
        raise ProviderUnavailable(kind, f"there is no such provider; choose one of {', '.join(KINDS)}")
    explicit_url(settings)
    reasons = []
    with ExitStack() as stack:
        for name in (kind,) if kind else KINDS:
            try:
                server = stack.enter_context(PROVIDERS[name](settings))
            except (ProviderUnavailable, ServerDidNotStart) as refusal:
                if kind:
                    raise
                reason = refusal.reason if isinstance(refusal, ProviderUnavailable) else str(refusal)
                reasons.append(f"{name}: {reason}")
                say(f"PostgreSQL: {name} passed over: {reason}")
                continue
            _require_major(server, settings.postgres_major)
            say(f"PostgreSQL {server.version} by {server.provider}")
            yield server
            return
    raise ProviderUnavailable("any provider", "; ".join(reasons))
