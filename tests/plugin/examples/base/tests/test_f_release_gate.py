import pytest

pytestmark = pytest.mark.kettle_ready


@pytest.mark.check("F1")
def test_every_check_ran():
    assert True


@pytest.mark.check("F2")
def test_artefacts():
    assert True


@pytest.mark.check("F3")
def test_schemas():
    assert True


@pytest.mark.check("F5")
def test_triage():
    assert True
