"""The server of an explicit database URL: only checked, never configured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.config import Settings
from app.database.engine import check_server, open_engine, require_postgresql_15, require_scratch_privileges
from app.database.errors import ProviderUnavailable
from app.database.providers.provided_server import Server
from app.database.urls import explicit_url


@contextmanager
def external_server(settings: Settings) -> Iterator[Server]:
    """The server of the explicit URL.

    Raises ProviderUnavailable if none is set, and ServerUnreachable or UnfitServer for one that cannot be used.
    """
    url = explicit_url(settings)
    if url is None:
        raise ProviderUnavailable("external", f"{names_of_urls(settings)} not set")
    with open_engine(url) as engine:
        facts = check_server(engine)
    require_postgresql_15(facts)
    require_scratch_privileges(facts)
    yield Server("external", url, facts.version, is_throwaway=False)


def names_of_urls(settings: Settings) -> str:
    return f"DATABASE_URL and {'DATABASE_URL_DOCKER' if settings.in_docker else 'DATABASE_URL_HOST'} are"
