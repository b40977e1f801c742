"""The file of the plants: what it takes and refuses, and the settings that follow for each plant."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config import Settings, load_settings
from app.plants.adding import add_plant
from app.plants.directory import PlantDirectory, UnknownPlant, load_directory
from app.plants.plants_file import PlantsError
from app.plants.taking_out import take_out_plant

URL = "postgresql://u:s3cret@north.example/plan"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("PLANT", "PLANTS_FILE", "DATABASE_URL", "UPLOAD_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def directory(text: str, **given: object) -> PlantDirectory:
    Path("plants.toml").write_text(text, encoding="utf-8")
    return load_directory(load_settings(**given))


def test_without_a_file_there_is_the_one_plant_with_the_settings_of_the_process() -> None:
    settings = load_settings(plant="north")
    alone = load_directory(settings)
    assert alone.names == ("north",)
    assert alone.settings_of() is settings
    assert alone.settings_of("north") is settings


def test_name_is_known_however_its_accents_are_typed() -> None:
    composed, apart = "Vila São João", "Vila Sa\u0303o Joa\u0303o"
    known = directory(f'[plants."{composed}"]\n')
    assert (known.require_known(apart), known.settings_of(apart).plant) == (composed, composed)
    assert PlantDirectory(known.settings.model_copy(update={"plant": apart}), {}).require_known(apart) == apart


def test_refusal_repeats_no_endless_name() -> None:
    with pytest.raises(UnknownPlant) as refusal:
        directory("").require_known("x" * 5000)
    assert str(refusal.value).startswith(f"There is no plant '{'x' * 63}…' here; known: main.")


def test_unknown_plant_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownPlant, match=r"no plant 'nroth' here; known: main, north, south\."):
        directory("[plants.north]\n[plants.south]\n").settings_of("nroth")


def test_file_that_is_named_must_be_there(folder: Path) -> None:
    with pytest.raises(PlantsError, match=r"absent\.toml cannot be read \(No such file"):
        load_directory(load_settings(plants_file=folder / "absent.toml"))


def test_entry_changes_what_it_names_and_shares_no_folder(folder: Path) -> None:
    found = directory(
        f'[plants.north]\ndatabase_url = "{URL}"\nexport_dir = "exports"\nretention_keep = 9\n',
        database_url="postgresql://h/main",
        feature_gates_file=Path("gates.json"),
        export_dir=Path("drop"),
        calendar_file=Path("calendar.toml"),
    )
    main, north = found.settings_of(), found.settings_of("north")
    assert main is found.settings
    assert north.plant == "north"
    assert north.database_url is not None
    assert north.database_url.get_secret_value() == URL
    assert north.upload_dir == Path(".local/uploads/plants/north")
    assert north.export_dir == folder / "exports"
    assert (north.feature_gates_file, north.calendar_file) == (None, Path("calendar.toml"))
    assert (main.retention_keep, north.retention_keep) == (3, 9)


def test_standby_of_the_process_is_not_that_of_a_plant_with_its_own_database() -> None:
    text = f'[plants.own]\ndatabase_url = "{URL}"\n[plants.shared]\n[plants.both]\n'
    found = directory(
        f'{text}database_url = "{URL}"\ndatabase_read_url = "postgresql://standby/x"\n',
        database_url="postgresql://h/main",
        database_read_url="postgresql://other/main",
    )
    urls = {plant: found.settings_of(plant).database_read_url for plant in found.names}
    assert {plant: url and url.get_secret_value() for plant, url in urls.items()} == {
        "main": "postgresql://other/main",
        "own": None,
        "shared": "postgresql://other/main",
        "both": "postgresql://standby/x",
    }


def test_plant_without_a_url_shares_the_database_of_the_process() -> None:
    north = directory("[plants.north]\n", database_url=URL).settings_of("north")
    assert north.database_url is not None
    assert north.database_url.get_secret_value() == URL


def test_entry_of_the_default_plant_keeps_its_folders(folder: Path) -> None:
    main = directory(f'[plants.main]\ndatabase_url = "{URL}"\n', database_url_host="postgresql://h/x").settings_of()
    assert (main.upload_dir, main.database_url_host) == (Path(".local/uploads"), None)


def test_url_comes_from_a_variable_the_env_file_or_a_secret_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORTH_URL", "postgresql://n/x")
    (folder / ".env").write_text("SOUTH_URL=postgresql://s/x\n", encoding="utf-8")
    (folder / "secret").write_text("postgresql://w/x\n", encoding="utf-8")
    found = directory(
        '[plants.north]\ndatabase_url_env = "NORTH_URL"\n'
        '[plants.south]\ndatabase_url_env = "SOUTH_URL"\n'
        '[plants.west]\ndatabase_url_file = "secret"\n'
    )
    urls = [found.settings_of(plant).database_url for plant in ("north", "south", "west")]
    assert [url and url.get_secret_value() for url in urls] == [f"postgresql://{host}/x" for host in "nsw"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('database_url_env = "NOT_THERE"', "database_url_env names the variable NOT_THERE, which is not set"),
        ('database_url_file = "nowhere"', r"database_url_file names nowhere, which cannot be read \(No such file"),
        ('database_url_file = "plants.toml.empty"', "which is empty"),
    ],
)
def test_url_that_is_not_to_be_had_is_named_and_hurts_no_other_plant(folder: Path, entry: str, said: str) -> None:
    (folder / "plants.toml.empty").touch()
    found = directory(f"[plants.north]\n{entry}\n[plants.south]\n")
    with pytest.raises(PlantsError, match=said):
        found.settings_of("north")
    assert found.settings_of("south").plant == "south"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plants = 3", "plants: Input should be a valid dictionary"),
        ("[plant.north]", "plant is no key of this file; there is: plants"),
        ("[plants.north]\nretention = 3", "plants.north.retention is no key of this file; there are: database_url,"),
        ("[plants.north]\nretention_keep = '3'", "plants.north.retention_keep: Input should be a valid integer"),
        ("[plants.north]\nretention_keep = 0", "plants.north.retention_keep: Input should be greater"),
        ("[plants.north]\nretention_keep = true", "plants.north.retention_keep: Input should be a valid integer"),
        ("[plants.north]\nupload_dir = 3", "plants.north.upload_dir: "),
        ("[plants.north]\nupload_dir = ''", "plants.north.upload_dir: a path must be given"),
        ("[plants.north]\ndatabase_url = 5", "plants.north.database_url: "),
        ("[plants.north]\ndatabase_url = ''", "plants.north.database_url: "),
        ("[plants.north]\ndatabase_url_env = 'a b'", "plants.north.database_url_env: "),
        (
            "[plants.north]\ndatabase_url = 'x'\ndatabase_url_env = 'X'",
            "give database_url or database_url_env, not both",
        ),
        ("[plants.north]\n[plants.north]", "is no TOML file: Cannot declare"),
        ("[plants.north]\n[plants.North]", "the plants north and North differ in capitals only"),
        ("[plants.Main]", "the plants main and Main differ in capitals only"),
        ("[plants.'../x']", "plants.../x: a plant's name has at most 63"),
        ("[plants.'a/b']", "plants.a/b: a plant's name has at most 63"),
        ("[plants.'']", "a plant's name has at most 63"),
        ("[plants.' north']", "a plant's name has at most 63"),
        ("[plants.'north.']", "a plant's name has at most 63"),
        ('[plants."a%b"]', "a plant's name has at most 63"),
        ('[plants."a\\nb"]', "a plant's name has at most 63"),
        ('[plants."Fa\\u0301brica"]', "accents as separate characters"),
        (
            "[plants.north]\nupload_dir = 'x'\n[plants.south]\nupload_dir = './x'",
            "upload_dir of the plants north and south is",
        ),
        ("[plants.north]\nupload_dir = '.local/uploads'", "upload_dir of the plants main and north is the same"),
        (
            "[plants.a]\nfeature_gates_file = 'g'\n[plants.b]\nfeature_gates_file = 'g'",
            "feature_gates_file of the plants a and b is the same",
        ),
        ("[plants.north]\nx = \\", "is no TOML file"),
        pytest.param("x = " + "[" * 20_000, "is no TOML file", id="nested without end"),
        pytest.param(f"[plants.north]\nretention_keep = {'9' * 5_000}", "is no TOML file", id="number without end"),
    ],
)
def test_faulty_file_is_refused_in_one_sentence_with_file_and_key(text: str, said: str) -> None:
    with pytest.raises(PlantsError) as refusal:
        directory(text)
    sentence = str(refusal.value)
    assert sentence.startswith("plants.toml")
    assert said in sentence
    assert "\n" not in sentence


def test_no_message_repeats_a_url() -> None:
    for text in (f'[plants.north]\ndatabase_url = "{URL}"\nx = 1', f'[plants.north]\ndatabase_url = ["{URL}"]'):
        with pytest.raises(PlantsError) as refusal:
            directory(text)
        assert "s3cret" not in str(refusal.value)


def test_file_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / "plants.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(PlantsError, match=r"plants\.toml is no UTF-8 text"):
        load_directory(load_settings())


def test_mark_of_an_editor_before_the_text_is_no_fault(folder: Path) -> None:
    (folder / "plants.toml").write_text("[plants.north]\n", encoding="utf-8-sig")
    assert load_directory(load_settings()).names == ("main", "north")
    added("south")
    assert load_directory(load_settings()).names == ("main", "north", "south")
    assert take_out_plant(folder / "plants.toml", "north")
    assert load_directory(load_settings()).names == ("main", "south")


def test_folder_that_is_a_link_to_itself_is_no_fault_of_the_file(folder: Path) -> None:
    (folder / "loop").symlink_to(folder / "loop")
    assert directory("[plants.north]\nupload_dir = 'loop'\n[plants.south]").names == ("main", "north", "south")


def test_names_of_people_are_taken() -> None:
    found = directory('[plants."Vila do Conde"]\n[plants."a.b-c_d"]\n[plants."Fábrica 2"]\n')
    assert found.names == ("main", "Vila do Conde", "a.b-c_d", "Fábrica 2")
    assert found.settings_of("Fábrica 2").upload_dir == Path(".local/uploads/plants/Fábrica 2")


def added(plant: str, **given: str) -> list[Settings]:
    prepared: list[Settings] = []
    add_plant(load_settings(), plant, given, prepared.append)
    return prepared


def test_added_plant_stands_in_the_file_behind_what_was_there(folder: Path) -> None:
    (folder / "plants.toml").write_text("# ours\n[plants.south]\nretention_keep = 5", encoding="utf-8")
    assert [one.plant for one in added("Fábrica 2", database_url=URL)] == ["Fábrica 2"]
    text = (folder / "plants.toml").read_text(encoding="utf-8")
    assert text.startswith("# ours\n[plants.south]\nretention_keep = 5\n\n")
    assert load_directory(load_settings()).names == ("main", "south", "Fábrica 2")


def test_new_file_is_its_owners_alone(folder: Path) -> None:
    added("north", database_url=URL)
    assert (folder / "plants.toml").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("plant", ["north", "main", "North", "a/b"])
def test_plant_that_cannot_be_added_changes_nothing(folder: Path, plant: str) -> None:
    (folder / "plants.toml").write_text("[plants.north]\n", encoding="utf-8")
    with pytest.raises(PlantsError):
        added(plant)
    assert (folder / "plants.toml").read_text(encoding="utf-8") == "[plants.north]\n"


def test_plant_whose_database_cannot_be_made_is_not_added(folder: Path) -> None:
    def refuse(_: Settings) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        add_plant(load_settings(), "north", {"database_url": URL}, refuse)
    assert not (folder / "plants.toml").exists()
