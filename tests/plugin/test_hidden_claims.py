"""Asserts of tests that hide what they find, never run, or accept everything; and what only looks like it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from release_gate.in_pytest.claims.hiding import hidden_asserts
from release_gate.in_pytest.claims.tolerances import infinite_tolerances
from release_gate.in_pytest.claims.unreached import unreached_asserts

HIDDEN = [
    ("try:\n    assert x\nexcept AssertionError:\n    pass", 3),
    ("try:\n    assert x\nexcept:\n    ...", 3),
    ("try:\n    assert x\nexcept (ValueError, Exception) as e:\n    print(e)", 3),
    ("try:\n    assert x\nexcept* AssertionError:\n    return", 3),
    ("try:\n    assert x\nexcept ValueError:\n    raise\nexcept BaseException:\n    'never mind'", 5),
    ("try:\n    self.assertEqual(x, 1)\nexcept self.failureException:\n    return None", 3),
    ("try:\n    self.fail(x)\nexcept Exception:\n    log.warning('off')", 3),
    ("try:\n    pytest.fail(x)\nexcept BaseException:\n    pass", 3),
    ("try:\n    is_off(x)\nexcept AssertionError:\n    pass", 3),
    ("try:\n    if x:\n        with y:\n            assert x\nexcept Exception:\n    pass", 5),
    ("for x in y:\n    try:\n        assert x\n    except AssertionError:\n        continue", 4),
    ("for x in y:\n    try:\n        assert x\n        break\n    except AssertionError:\n        sleep(1)", 5),
    ("ok = True\ntry:\n    assert x\nexcept AssertionError:\n    ok = False", 4),
    ("try:\n    assert x\nexcept AssertionError as error:\n    kept = error", 3),
    ("missed = 0\ntry:\n    assert x\nexcept Exception:\n    missed += 1", 4),
    ("with suppress(AssertionError):\n    assert x", 1),
    ("with suppress(ValueError, AssertionError):\n    is_off(x)", 1),
    ("with contextlib.suppress(Exception):\n    assert x", 1),
    ("with ignoring(*KINDS):\n    x\nwith ignoring(*KINDS):\n    assert x", 3),
    ("with ExitStack() as stack:\n    stack.enter_context(suppress(Exception))\n    assert x", 1),
    ("with Quiet():\n    assert x", 1),
    ("with quietly(x):\n    assert x", 1),
    ("async with Quiet():\n    assert x", 1),
]
DEALT_WITH = [
    "try:\n    assert x\nexcept ValueError:\n    pass",
    "try:\n    assert x\nexcept AssertionError:\n    print(x)\n    raise",
    "try:\n    assert x\nexcept AssertionError as e:\n    found.append(e)",
    "try:\n    assert x\nexcept AssertionError:\n    ok = False\nassert ok",
    "try:\n    assert x\nexcept AssertionError:\n    failed += 1\nprint(failed)",
    "global ok\ntry:\n    assert x\nexcept AssertionError:\n    ok = False",
    "try:\n    assert x\nexcept AssertionError:\n    self.ok = False",
    "try:\n    assert x\nexcept AssertionError:\n    gone = tell(x)",
    "try:\n    assert x\nexcept AssertionError:\n    return False",
    "try:\n    is_off(x)\nexcept AssertionError:\n    pass\nelse:\n    pytest.fail(x)",
    "try:\n    x()\n    pytest.fail(x)\nexcept Exception:\n    pass",
    "try:\n    x.close()\nexcept Exception:\n    pass",
    "try:\n    with pytest.raises(AssertionError):\n        assert x\nexcept Exception:\n    pass",
    "try:\n    def f():\n        assert x\nexcept Exception:\n    pass",
    "while x:\n    try:\n        assert x\n        break\n    except AssertionError:\n        sleep(1)\nassert x",
    "for x in y:\n    try:\n        assert x\n        return\n    except Exception:\n        pass\nelse:\n    raise E",
    "try:\n    evidence.expect(x, 'x').equals(1)\nexcept AssertionError:\n    pass",
    "with suppress(AssertionError):\n    evidence.expect(x, 'x').equals(1)",
    "with suppress(FileNotFoundError):\n    x.unlink()",
    "with suppress(FileNotFoundError):\n    assert x",
    "with suppress(Exception):\n    x.close()",
    "with pytest.raises(AssertionError):\n    assert x",
    "with told():\n    assert x",
]
MANAGERS = """
from contextlib import suppress as ignoring

KINDS = (ValueError, AssertionError)


class Quiet:
    def __exit__(self, *_):
        return True


@contextlib.contextmanager
def quietly(_):
    with ignoring(Exception):
        yield


@contextlib.contextmanager
def told():
    try:
        yield
    except AssertionError:
        print("off")
        raise


"""


def written(folder: Path, body: str, above: str = "") -> tuple[Path, int]:
    """A module with a test of that body, and the number of lines above the body."""
    path = folder / "test_kettle.py"
    head = f"{above}async def test_it(self):\n"
    path.write_text(head + textwrap.indent(body, "    ") + "\n", encoding="utf-8")
    return path, head.count("\n")


@pytest.mark.parametrize(("body", "line"), HIDDEN)
def test_place_that_hides_a_failed_assert_is_found(body: str, line: int, tmp_path: Path) -> None:
    path, above = written(tmp_path, body, MANAGERS)
    assert hidden_asserts(path) == [above + line]


@pytest.mark.parametrize("body", DEALT_WITH)
def test_exception_that_is_dealt_with_is_not(body: str, tmp_path: Path) -> None:
    path, _ = written(tmp_path, body, MANAGERS)
    assert hidden_asserts(path) == []


def test_call_in_a_decorator_is_left_to_how_it_runs(tmp_path: Path) -> None:
    path = tmp_path / "test_kettle.py"
    path.write_text(
        "def quiet(f):\n    try:\n        f()\n    except AssertionError:\n        pass\n", encoding="utf-8"
    )
    assert hidden_asserts(path) == []


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("def f():\n    assert x", 1),
        ("class A:\n    def f(self):\n        assert x", 1),
        ("if x:\n    def f():\n        return f() or 1\n        assert x", 2),
        ("def f():\n    assert x\n    yield\nf()", 4),
        ("return\nassert x", 2),
        ("for x in y:\n    continue\n    if x:\n        assert x", 4),
        ("if False:\n    assert x", 2),
        ("while 0:\n    assert x", 2),
        ("for x in ():\n    assert x", 2),
        ("for x in range(0):\n    assert x", 2),
        ("try:\n    pass\nexcept E:\n    return\n    assert x", 5),
    ],
)
def test_assert_that_never_runs_is_found(body: str, line: int, tmp_path: Path) -> None:
    path, above = written(tmp_path, body)
    assert unreached_asserts(path) == [above + line]


@pytest.mark.parametrize(
    "body",
    [
        "def f():\n    assert x\nf()",
        "def f():\n    assert x\nlist(map(f, y))",
        "@y.append\ndef f():\n    assert x",
        "def f():\n    assert x\nlocals()['f']()",
        "def f():\n    global g\n    assert x\ny = f",
        "def f():\n    assert x\n    yield\nlist(f())",
        "def f():\n    assert x\n    yield\nf()\nnext(f())",
        "def f():\n    return x\n    yield",
        "def f():\n    assert False",
        "class A:\n    def f(self):\n        assert x\nA().f()",
        "if x:\n    return\nassert x",
        "for x in y:\n    if x:\n        break\n    assert x",
        "if True:\n    assert x",
        "for x in range(1):\n    assert x",
        "for x in [*y]:\n    assert x",
        "while True:\n    assert x\n    break",
        "return\nassert False",
    ],
)
def test_assert_that_may_run_is_not(body: str, tmp_path: Path) -> None:
    path, _ = written(tmp_path, body)
    assert unreached_asserts(path) == []


@pytest.mark.parametrize(
    ("body", "infinite"),
    [
        ("assert x == pytest.approx(1, abs=float('inf'))", True),
        ("assert x == approx(1, math.inf)", True),
        ("assert x == approx(1, rel=1e400)", True),
        ("assert x == approx(1, 0.1, 1e308)", True),
        ("assert math.isclose(x, 1, abs_tol=inf)", True),
        ("assert np.isclose(x, 1, np.inf)", True),
        ("np.testing.assert_allclose(x, 1, atol=np.inf)", True),
        ("self.assertAlmostEqual(x, 1, delta=Decimal('Infinity'))", True),
        ("evidence.expect(x, 'x').close_to(1, tolerance=sys.float_info.max)", True),
        ("assert x == approx(1, abs=LIMIT)", True),
        ("assert x == approx(1, abs=CHANGED)", False),
        ("assert x == approx(1, abs=1e-6)", False),
        ("assert x == approx(math.inf)", False),
        ("assert x == approx(float('inf'), rel=0.1)", False),
        ("assert x == approx(1, abs=float('1e-3'))", False),
        ("assert x == approx(1, abs=limits.of_heat)", False),
        ("assert x < math.inf", False),
        ("f(x, abs=math.inf)", False),
    ],
)
def test_tolerance_without_end_is_found(body: str, infinite: bool, tmp_path: Path) -> None:
    above = "from math import inf\nLIMIT: float = float('inf')\nCHANGED = inf\nCHANGED = 1\n"
    path, line = written(tmp_path, body, above)
    assert infinite_tolerances(path) == ([line + 1] if infinite else [])


@pytest.mark.parametrize("look", [hidden_asserts, unreached_asserts, infinite_tolerances])
def test_module_that_cannot_be_parsed_is_left_to_pytest(look, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "test_kettle.py"
    path.write_text("def (assert except approx", encoding="utf-8")
    assert look(path) == look(tmp_path / "absent.py") == []
