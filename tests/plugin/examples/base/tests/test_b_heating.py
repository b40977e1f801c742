import json

import pytest

pytestmark = pytest.mark.kettle_ready


@pytest.mark.check("B1")
def test_the_water_boils(run_folder):
    (run_folder / "boil.json").write_text(json.dumps({"degrees": 100.0}))


@pytest.mark.check("B2")
@pytest.mark.parametrize("mode", ["slow", "fast"])
def test_it_switches_off(mode):
    assert mode in ("slow", "fast")
