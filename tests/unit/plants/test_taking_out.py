"""A plant's entry is taken out of the file; everything else in the file stays, to the character."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.plants.plants_file import PlantsError, parse_plants
from app.plants.taking_out import take_out_plant

FILE = """# all of them
[plants.north]  # the first
upload_dir = "n" # here

# of the coast
[plants."Vila do Conde"]
upload_dir = "v"

[plants.south]
upload_dir = "s"
# end
"""


@pytest.mark.parametrize("plant", ["north", "Vila do Conde", "south"])
def test_only_its_own_table_goes(plant: str, tmp_path: Path) -> None:
    path = tmp_path / "plants.toml"
    path.write_text(FILE, encoding="utf-8")
    path.chmod(0o640)
    assert take_out_plant(path, plant)
    text = path.read_text(encoding="utf-8")
    assert parse_plants(text, path) == {name: one for name, one in parse_plants(FILE, path).items() if name != plant}
    assert path.stat().st_mode & 0o777 == 0o640
    assert "# all of them\n" in text
    assert ("# of the coast\n" in text) is (plant != "Vila do Conde" or "north" in text)
    left = [line for line in FILE.splitlines() if line in text.splitlines()]
    assert text.splitlines() == left


@pytest.mark.parametrize(
    "text",
    [
        '[plants]\nnorth = { upload_dir = "n" }\n',
        'plants.north.upload_dir = "n"\n',
        '[plants]\nnorth.upload_dir = "n"\n[plants.south]\n',
    ],
)
def test_entry_in_another_form_is_left_to_a_person(text: str, tmp_path: Path) -> None:
    path = tmp_path / "plants.toml"
    path.write_text(text, encoding="utf-8")
    assert not take_out_plant(path, "north")
    assert path.read_text(encoding="utf-8") == text


def test_file_without_the_plant_and_no_file_at_all_are_done_already(tmp_path: Path) -> None:
    path = tmp_path / "plants.toml"
    assert take_out_plant(path, "north")
    path.write_text(FILE, encoding="utf-8")
    assert take_out_plant(path, "east")
    assert path.read_text(encoding="utf-8") == FILE
    path.write_text("[plants.north", encoding="utf-8")
    with pytest.raises(PlantsError, match="is no TOML file"):
        take_out_plant(path, "north")
