"""The OpenAPI document is that of the code: of all settings, it depends only on whether keys are required.

The integration tests rely on it: their applications share one document (`share_document`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.api.application import create_app
from app.api.keys.keyring import with_ephemeral_key
from app.config import Settings
from app.database.access.roles import roles_for


def document_of(name: str, head: str | None = None, **given: Any) -> dict[str, Any]:
    settings, _ = with_ephemeral_key(Settings(_env_file=None, **given))
    url = f"postgresql://{name}@127.0.0.1:1/{name}"
    return create_app(settings, database_url=url, roles=roles_for(name), head=head).openapi()


@pytest.mark.parametrize("keys_required", [False, True])
def test_applications_of_other_settings_have_the_same_document(tmp_path: Path, keys_required: bool) -> None:
    others = {
        **dict.fromkeys(("rate_simulation", "rate_ingestion", "rate_download"), "1/hour"),
        **{name: tmp_path / name for name in ("feature_gates_file", "upload_dir", "export_dir")},
        "cors_origins": ["https://plant.example"],
    }
    plain = document_of("one", require_api_key=keys_required)
    assert document_of("other", head="0001", require_api_key=keys_required, **others) == plain
    secured = [one for path in plain["paths"].values() for one in path.values() if "security" in one]
    assert len(secured) > 20 if keys_required else len(secured) < len(plain["paths"])
