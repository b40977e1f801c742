"""Commands that need no database: inspect a workbook, make a sample, manage API keys, list the settings."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.output import Json, Workbook, err, named_workbook, out, show
from app.commands.speaking import localised
from app.commands.tables import progress_shown, shown_profile
from app.config import load_settings

if TYPE_CHECKING:
    from app.api.keys.api_keys import Scope

without_database = typer.Typer()


@without_database.command("inspect")
def inspect_command(
    workbook: Workbook = None,
    folder: Annotated[Path, typer.Option("--out", help="Folder of PROFILE_REPORT.json and DATA_DICTIONARY.md.")] = Path(
        "docs/profile"
    ),
    as_json: Json = False,
) -> None:
    """Profile a workbook over all of its rows, without a database; exit 3 if an ingestion would refuse it."""
    from app.files import write_atomically
    from app.workbook.profile.dictionary import dictionary_text
    from app.workbook.profile.profile_document import document_of, report_text
    from app.workbook.profile.profiling import profile_workbook

    settings = load_settings()
    with progress_shown(err) as progress:
        profile = profile_workbook(named_workbook(workbook, settings), settings.max_expanded_mb, progress)
    document = document_of(profile)
    try:
        write_atomically(folder / "PROFILE_REPORT.json", report_text(document))
        write_atomically(folder / "DATA_DICTIONARY.md", dictionary_text(document))
    except OSError as error:
        raise typer.BadParameter(f"{folder} cannot be written ({error.strerror})", param_hint="--out") from None
    if as_json:
        show(document)
    else:
        for shown in shown_profile(document):
            out.print(shown)
        told = f"Written: {folder / 'PROFILE_REPORT.json'}, {folder / 'DATA_DICTIONARY.md'}"
        out.print(localised(told), markup=False)
    raise typer.Exit(3 if document["breaches"] or document["limits"]["refused"] else 0)


@without_database.command("sample-workbook")
def sample_workbook_command(
    target: Annotated[Path, typer.Argument(help="Where to write the workbook.")],
    scale: Annotated[float, typer.Option(help="1.0 is the real workbook's 1.08 million rows.")] = 0.03,
    seed: int = 7,
    employee_productivity: Annotated[
        float | None, typer.Option(help="Share of assignments whose phase exists.")
    ] = None,
    produto_join: Annotated[float | None, typer.Option(help="Share of distinct products that exist.")] = None,
    error_attribution: Annotated[float | None, typer.Option(help="Share of culprit phases that exist.")] = None,
    standard_route: Annotated[float | None, typer.Option(help="Share of routing steps whose product exists.")] = None,
) -> None:
    """Write a synthetic workbook with the real one's shape and faults; the rates move the feature gates."""
    from app.workbook.sample import Rates, write_sample

    given = {
        "employee_productivity": employee_productivity,
        "produto_join": produto_join,
        "error_attribution": error_attribution,
        "standard_route": standard_route,
    }
    try:
        rates = Rates(**{name: rate for name, rate in given.items() if rate is not None})
        with progress_shown(err) as progress:
            write_sample(target, scale=scale, seed=seed, rates=rates, progress=progress)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    out.print(f"{target} written (scale {scale}, seed {seed}).")


@without_database.command("api-key")
def api_key_command(
    name: Annotated[str | None, typer.Argument(help="Whose key it is; each needs a name of its own.")] = None,
    scopes: Annotated[list[str] | None, typer.Option("--scope", help="read or ingest; give both for both.")] = None,
    plants: Annotated[
        list[str] | None, typer.Option("--plant", help="Only for this plant; repeatable. Without it: for every plant.")
    ] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take the key out instead of making it.")] = False,
    is_list: Annotated[bool, typer.Option("--list", help="List the keys by name, scopes and age instead.")] = False,
    as_json: Json = False,
) -> None:
    """Make an API key and print it, this once; only its hash is kept. A running API accepts it at once."""
    from app.api.keys.keys_file import add_key, revoke_key
    from app.plants.directory import load_directory

    settings = load_settings()
    path = settings.keys_file
    if is_list:
        list_keys(path, as_json=as_json, is_alone=name is None and not scopes and not plants and not revoke)
        return
    if name is None:
        raise typer.BadParameter("say whose key it is, or --list", param_hint="NAME")
    if revoke == bool(scopes) or (revoke and plants):
        raise typer.BadParameter("name at least one to make a key, none with --revoke", param_hint="--scope")
    if revoke:
        revoke_key(path, name)
        shown, said = {"name": name, "revoked": True}, f"The key {name} is revoked."
    else:
        given = given_scopes(scopes or ())
        directory = load_directory(settings) if plants else None
        known = None if directory is None else [directory.require_known(plant) for plant in plants or ()]
        said = add_key(path, name, given, known)
        shown = {"name": name, "scopes": sorted(given), "key": said}
        shown |= {} if known is None else {"plants": sorted(known)}
    if as_json:
        show(shown)
    else:
        out.print(localised(said), markup=False, highlight=False, soft_wrap=True)


def given_scopes(scopes: Iterable[str]) -> list[Scope]:
    """The scopes of these names. Raises typer.BadParameter for a name of none."""
    from app.api.keys.api_keys import Scope

    try:
        return [Scope(scope) for scope in scopes]
    except ValueError:
        raise typer.BadParameter(f"{' or '.join(Scope)}", param_hint="--scope") from None


def list_keys(path: Path, *, as_json: bool, is_alone: bool) -> None:
    """Print the keys of the file, none of their texts. Raises KeysError for a file that is invalid."""
    from app.api.keys.keyring import read_keys

    if not is_alone:
        raise typer.BadParameter("it stands alone, without a name, a scope or --revoke", param_hint="--list")
    keys = sorted(read_keys(path) if path.exists() else (), key=lambda key: key.name)
    if as_json:
        show([key.model_dump(mode="json", exclude={"sha256"}, exclude_none=True) for key in keys])
    else:
        for key in keys:
            made = f"{key.created_at:%Y-%m-%d}"
            limit = "" if key.plants is None else f", for {', '.join(sorted(key.plants))}"
            out.print(f"{key.name}: {', '.join(sorted(key.scopes))}{limit}, made {made}", markup=False, highlight=False)
        if not keys:
            out.print(localised(f"{path} holds no key."), markup=False, highlight=False, soft_wrap=True)


@without_database.command("settings")
def settings_command(
    into: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, writable=True, help="Rewrite the table in this file.")
    ] = None,
) -> None:
    """List every setting with its default and meaning, as docs/configuration.md has them."""
    from app.commands.settings_table import settings_table, write_into

    if into is None:
        out.print(settings_table(), soft_wrap=True, markup=False, highlight=False)
    else:
        out.print(f"{into}: {'written' if write_into(into) else 'is current'}", markup=False)
