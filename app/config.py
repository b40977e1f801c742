"""Settings of the whole backend, read from the environment (or `.env`, or Docker's secret files) once per process.

Each setting's environment variable is its name in capitals; docs/configuration.md lists them all, and a test compares
that table with this class in both directions.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, unquote

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.expansion_limit import DEFAULT_MAX_EXPANDED_MB

PLANT_PATTERN = r"^\w([\w .-]{0,61}\w)?$"
"""Names of plants: no slash and no leading point, because folders are named by them."""
NO_PLANTS_FILE = Path(os.devnull)
"""Value of `plants_file` under which a process serves the plant of its own settings alone."""
DOCKER_SECRETS = Path("/run/secrets")
"""The folder in which Docker and compose mount secrets: one file per setting, named like it in lower or upper case."""


def _rate(text: str) -> str:
    # Imported here: it takes as long as all the rest of the settings, and each command and reading process has these.
    import limits

    limits.parse(text)
    return text


def _listed(given: object) -> object:
    return [part.strip() for part in given.split(",")] if isinstance(given, str) else given


def _origins(origins: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Require scheme://host[:port], as a browser sends it. `*` is refused: each origin must be named."""
    for origin in origins or ():
        if not re.fullmatch(r"https?://[a-z0-9.-]+(?::[0-9]+)?|https?://\[[0-9a-f:]+\](?::[0-9]+)?", origin):
            raise ValueError("each origin must be http(s)://host or http(s)://host:port")
    return origins


Rate = Annotated[str, AfterValidator(_rate)]
"""A number of calls in a period, in the notation of the library `limits`."""
Origins = Annotated[tuple[str, ...] | None, NoDecode, BeforeValidator(_listed), AfterValidator(_origins)]


class InvalidSettings(ValueError):
    """A setting cannot be used as given; the message names the environment variable and never repeats its value."""

    code = "INVALID_SETTINGS"


class Settings(BaseSettings):
    """The settings of a process. Empty variables count as unset."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: SecretStr | None = Field(None, description="PostgreSQL to use, on the host and in Docker alike")
    database_url_host: SecretStr | None = Field(None, description="PostgreSQL to use outside Docker")
    database_url_docker: SecretStr | None = Field(
        None, description="PostgreSQL to use in Docker; may not say localhost"
    )
    database_read_url: SecretStr | None = Field(
        None, description="standby of the same database that the API reads from; unset, it reads where it writes"
    )
    in_docker: bool = Field(False, description="true inside a container: localhost in a URL then means the host `db`")

    postgres_image: str | None = Field(
        None, description="image that Testcontainers starts; unset, `postgres:16` or the one of POSTGRES_MAJOR"
    )
    postgres_major: int | None = Field(
        None, ge=15, description="only a server of this major version will do (embedded: 16 or 18)"
    )
    postgres_binaries: Path | None = Field(
        None,
        description="folder with `initdb` and `postgres` that the provider `system` uses; unset, it looks for one",
    )
    local_dir: Path = Field(Path(".local"), description="folder of the persistent server's data")

    api_database_password: SecretStr | None = Field(
        None, description="makes bootstrap give the API a login of its own, `…_api_login`, that may do nothing else"
    )
    worker_database_password: SecretStr | None = Field(
        None, description="the same for the worker, `…_ingest_login`; unset, both use the login of the URL"
    )
    role_prefix: str = Field(
        "prodplan",
        pattern=r"^[a-z_][a-z0-9_]{0,39}$",
        description="prefix of the three database roles: `_owner`, `_ingest`, `_api`",
    )
    plant: str = Field(
        "main",
        pattern=PLANT_PATTERN,
        description="plant where none is named: at most 63 letters, digits, `_`, `-`, `.` and blanks",
    )
    plants_file: Path | None = Field(
        None, description="file of several plants (docs/operations/plants.md); unset, `plants.toml` if there is one"
    )
    retention_keep: int = Field(3, ge=1, description="snapshots kept per plant, the live one included")
    worker_ingestions: int = Field(
        2, ge=1, description="ingestions, of different plants, that one worker carries out at once"
    )
    max_expanded_mb: int = Field(
        DEFAULT_MAX_EXPANDED_MB, ge=1, description="most megabytes that a workbook may expand to when unzipped"
    )
    max_reading_mb: int = Field(
        1024,
        ge=256,
        description="most megabytes of memory of a process that reads a workbook; of that of `inspect`, four times it",
    )
    reading_within_s: int = Field(
        900, ge=1, description="most seconds that a workbook's reading may take, of CPU and of waiting for it"
    )
    upload_dir: Path = Field(
        Path(".local/uploads"), description="folder of uploads until they are ingested; API and worker share it"
    )
    alerts_file: Path | None = Field(
        None, description="webhooks and thresholds of the worker (docs/operations/alerts.md); unset, it sends none"
    )
    export_dir: Path | None = Field(
        None, description="folder of exports that an ingestion may be requested from by path; unset, by upload only"
    )
    feature_gates_file: Path | None = Field(
        None, description="FEATURE_GATES.json that the API obeys; unset, it obeys the database"
    )
    calendar_file: Path | None = Field(
        None, description="working calendar of the plant; unset, `app/features/calendar.toml`"
    )
    environment: Literal["development", "production"] | None = Field(
        None, description="where this runs; unset, `production` in Docker and `development` elsewhere"
    )
    require_api_key: bool | None = Field(
        None, description="whether reading needs a key too; unset, only in production. Ingestion and whatif always do"
    )
    api_keys_file: Path | None = Field(
        None, description="API keys (names, scopes, hashes), read again when it changes; unset, LOCAL_DIR/api_keys.json"
    )
    api_keys: SecretStr | None = Field(
        None, description="the same document as a text, in place of the file; read once, so not for rotation"
    )
    max_body_mb: int = Field(1, ge=1, description="most megabytes of a request's body")
    body_within_s: int = Field(20, ge=1, description="seconds in which a request's body must arrive")
    max_upload_mb: int = Field(200, ge=1, description="most megabytes of an uploaded workbook")
    upload_within_s: int = Field(600, ge=1, description="seconds in which an uploaded workbook must arrive")
    rate_simulation: Rate = Field(
        "60/minute", description="simulations that a client may ask each worker process for (`N/second`, `N/5 minutes`)"
    )
    rate_ingestion: Rate = Field("10/minute", description="ingestions that a client may ask each worker process for")
    rate_download: Rate = Field("30/minute", description="reports that a client may fetch from each worker process")
    cors_origins: Annotated[tuple[str, ...] | None, NoDecode, BeforeValidator(_listed), AfterValidator(_origins)] = (
        Field(None, description="origins whose pages may ask from a browser, comma-separated; unset, none may")
    )
    prodplan_workbook: Path | None = Field(None, description="workbook that the gate proves; unset, a generated sample")

    @property
    def keys_required(self) -> bool:
        """True if every route but /api/health and /api/ready needs a key."""
        if self.require_api_key is not None:
            return self.require_api_key
        return (self.environment or ("production" if self.in_docker else "development")) == "production"

    @property
    def plants_path(self) -> Path:
        """The file of the plants, which need not be there unless the setting names it."""
        return self.plants_file or Path("plants.toml")

    @property
    def keys_file(self) -> Path:
        """The file of the API keys' hashes."""
        return self.api_keys_file or self.local_dir / "api_keys.json"

    def secret_values(self) -> list[str]:
        """The texts that must not reach an artefact: the database's passwords, as written and as decoded."""
        given = (self.database_url, self.database_url_host, self.database_url_docker, self.database_read_url)
        secrets = {secret for url in given if url for secret in passwords_of(url.get_secret_value())}
        own = (self.api_database_password, self.worker_database_password)
        return sorted(secrets | {password.get_secret_value() for password in own if password})


def load_settings(**given: Any) -> Settings:
    """The settings of this process; keyword arguments outrank the environment.

    Raises InvalidSettings, in one sentence, for a value that cannot be used.
    """
    secrets = DOCKER_SECRETS if DOCKER_SECRETS.is_dir() else None
    try:
        return Settings(_secrets_dir=secrets, **given)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}" for fault in error.errors()
        )
        raise InvalidSettings(f"A setting is invalid. {faults}. See docs/configuration.md.") from None


def passwords_of(url: str) -> set[str]:
    """A URL's password, as written and decoded, and the one in its query; the whole text if it is no URL."""
    scheme, separator, rest = url.strip().partition("://")
    if not (scheme and separator):
        return {url}
    before_query, _, query = rest.partition("?")
    written = before_query.rpartition("@")[0].partition(":")[2]
    queried = parse_qs(query).get("password", [])
    return {text for text in (written, unquote(written), *queried) if text}
