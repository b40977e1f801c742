import pytest

pytestmark = pytest.mark.kettle_ready


@pytest.mark.check("A1")
def test_there_is_water(evidence):
    evidence.record("level", 0.8, unit="l", source="the gauge")
