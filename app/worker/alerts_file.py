"""The declaration of alerts: webhooks, and the thresholds beyond which they are sent (docs/operations/alerts.md)."""

from __future__ import annotations

import tomllib
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.ingestion.errors import IngestionError

LEAST_SECRET_BYTES = 24


class AlertsError(IngestionError):
    """The file of alerts, or the secret of a webhook, cannot be used."""

    code = "ALERTS_INVALID"


class Event(StrEnum):
    """Events that are sent to webhooks; those of a state are sent when it begins and when it ends."""

    RUN_PUBLISHED = "RUN_PUBLISHED"
    RUN_REFUSED = "RUN_REFUSED"
    RUN_FAILED = "RUN_FAILED"
    ROWS_REFUSED = "ROWS_REFUSED"
    GATE_CHANGED = "GATE_CHANGED"
    DATA_OLD = "DATA_OLD"
    ORDERS_OVERDUE = "ORDERS_OVERDUE"
    ORDERS_LATE = "ORDERS_LATE"
    REQUESTS_WAIT = "REQUESTS_WAIT"
    WORKER_ALIVE = "WORKER_ALIVE"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Thresholds(_Part):
    """Limits; a state begins above its limit. None: not watched."""

    data_age_hours: int | None = Field(None, ge=1)
    overdue_orders: int | None = Field(None, ge=0)
    late_orders: int | None = Field(None, ge=0)
    waiting_requests: int | None = Field(None, ge=0)
    alive_every_minutes: int | None = Field(None, ge=1)


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment:
        raise ValueError("an address is https://host/path, without user and fragment")
    if not (url.isascii() and url.isprintable()) or " " in url:
        raise ValueError("an address has no blank and no other characters than ASCII's")
    _ = parts.port
    return url


class Webhook(_Part):
    """A receiver. events: those that are sent to it; none given: all."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    url: Annotated[str, AfterValidator(_address)]
    secret_file: Path
    events: tuple[Event, ...] = ()
    allow_private: bool = False

    @model_validator(mode="after")
    def _encrypted(self) -> Webhook:
        if not self.allow_private and not self.url.startswith("https:"):
            raise ValueError("plain http needs allow_private = true")
        return self

    def wants(self, event: Event) -> bool:
        """True if this event is sent to the receiver."""
        return not self.events or event in self.events

    def secret(self) -> bytes:
        """The secret that signs. Raises AlertsError, without the secret."""
        try:
            found = self.secret_file.read_bytes().strip()
        except OSError as error:
            raise AlertsError(f"Webhook {self.name}: its secret_file cannot be read: {error.strerror}.") from None
        if len(found) < LEAST_SECRET_BYTES:
            raise AlertsError(
                f"Webhook {self.name}: its secret has under {LEAST_SECRET_BYTES} bytes; make a longer one."
            )
        return found


class Alerts(_Part):
    """The whole file."""

    thresholds: Thresholds = Thresholds()
    webhooks: tuple[Webhook, ...] = Field((), max_length=20)

    @model_validator(mode="after")
    def _named_once(self) -> Alerts:
        twice = [name for name, times in Counter(one.name for one in self.webhooks).items() if times > 1]
        if twice:
            raise ValueError(f"two webhooks are called {twice[0]}")
        return self


def load_alerts(path: Path) -> Alerts:
    """The declared alerts. Raises AlertsError, which repeats no value of the file."""
    try:
        return Alerts.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        raise AlertsError(f"{path.name}: {place + ': ' if place else ''}{fault['msg']}.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise AlertsError(f"{path.name} cannot be read as TOML ({type(error).__name__}).") from None
