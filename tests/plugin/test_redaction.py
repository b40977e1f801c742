"""Secrets do not reach a run folder, in whatever shape they were about to."""

from __future__ import annotations

import base64
import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from release_gate.record import redaction
from release_gate.record.redaction import MARK, Redactor, forms, texts_in
from tests.plugin.foreign import Project

SECRET = 'k3ttle"&<swörd>'
PLANTED = """import warnings

import pytest

pytestmark = pytest.mark.kettle_ready
SECRET = 'k3ttle"&<swörd>'


@pytest.mark.check("B1")
@pytest.mark.parametrize("url", ["tap://u:firstpw@h", "tap://u:secondpw@h"])
def test_the_water_boils(run_folder, evidence, url, tmp_path):
    (run_folder / "boil.json").write_text('{"degrees": 100.0, "note": "ada@example.org"}')
    evidence.record("url", url, source=f"from {SECRET}")
    evidence.table("keys", ["who", "token"], [["ada@example.org", SECRET], {"password": "openup"}.items()])
    attached = tmp_path / "log.txt"
    attached.write_text(f"Authorization: Bearer abcdef0123456789 {SECRET}")
    evidence.attach(attached)


@pytest.mark.check("B2")
def test_it_switches_off():
    print("told to", SECRET)
    raise ConnectionError(f"tap://heat:plainpw@h refused ada@example.org and {SECRET}")
"""
HOOKS = """import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_secrets(config):
    return ['k3ttle"&<swörd>']


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_subject(config):
    return {"supplier": "tap://u:subjectpw@h"}
"""
LEAKS = ("firstpw", "secondpw", "plainpw", "subjectpw", "abcdef0123456789", "ada@example.org", *sorted(forms(SECRET)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://me:pw@host:5432/db", f"postgresql://me:{MARK}@host:5432/db"),
        ("postgresql+psycopg2://:pw@host", f"postgresql+psycopg2://:{MARK}@host"),
        ('{"api_key": "abcd1234"}', f'{{"api_key": "{MARK}"}}'),
        ("Authorization: Bearer abc1.def2", f"Authorization: Bearer {MARK}"),
        ("PASSWORD=hunter22 next", f"PASSWORD={MARK} next"),
        ("ghp_0123456789abcdefghij", MARK),
        ("write to ada.b+c@mail.example.org.", f"write to {MARK}."),
        ("http://localhost:8000/orders?q=1", "http://localhost:8000/orders?q=1"),
        ("git@host and 5@6, basic authentication", "git@host and 5@6, basic authentication"),
        ("postgresql://me:p@ssw0rd@db/x and a@b", f"postgresql://me:{MARK}@db/x and a@b"),
        ("postgresql://me:p/ss@db/x", f"postgresql://me:{MARK}@db/x"),
        ("http://localhost:8000/users/@me", "http://localhost:8000/users/@me"),
        ("aws_secret_access_key = wJalrXUtn/EMI", f"aws_secret_access_key = {MARK}"),
        ("AccountKey=abcd1234+/==;Suffix=x", f"AccountKey={MARK};Suffix=x"),
        ("passphrase: correcthorse", f"passphrase: {MARK}"),
        ("Authorization: Bearer abcdefGHIJ", f"Authorization: Bearer {MARK}"),
        ("mysql --password hunter2x -u root", f"mysql --password {MARK} -u root"),
        ("['curl', '--api-token', 'abcd1234', 'x']", f"['curl', '--api-token', '{MARK}', 'x']"),
        ("--token must be given", "--token must be given"),
        ("Set-Cookie: sid=abcd1234; Path=/", f"Set-Cookie: {MARK}"),
        ("a cookie: of chocolate", "a cookie: of chocolate"),
        ("tests/a.py::test_x[a@b]", "tests/a.py::test_x[a@b]"),
    ],
)
def test_redactor_removes_secrets_and_nothing_else(text: str, expected: str) -> None:
    assert Redactor()(text) == expected


@given(st.text(min_size=4, max_size=20).filter(lambda text: text.strip() == text), st.text(max_size=10))
def test_no_form_of_a_secret_survives(secret: str, around: str) -> None:
    redact = Redactor([secret])
    for form in forms(secret):
        left = redact(f"{around} {form} {around}").replace(MARK, "").replace(around, "")
        assert form not in left


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), st.lists, max_leaves=6))
def test_redacted_values_keep_their_shape(value: object) -> None:
    redacted = Redactor(["true", "1234"]).value({"token": 1234, "value": value})
    assert json.loads(json.dumps(redacted)) == redacted
    assert redacted["token"] == 1234


def test_planted_secrets_appear_nowhere_in_the_run(kettle: Project) -> None:
    kettle.write("tests/test_b_heating.py", PLANTED)
    kettle.write("conftest.py", HOOKS)
    kettle.bare()
    written = kettle.everything_written().decode()
    assert {leak for leak in LEAKS if leak in written} == set()
    assert MARK in written
    assert [kettle.check(name)["outcome"] for name in ("B1", "B2")] == ["PASSED", "FAILED"]
    assert len(kettle.check("B1")["cases"]) == 2


@pytest.mark.parametrize(
    "text",
    [
        'log: k3ttle"&\n<swörd>',
        'log: k3tt\r\n    le"&<swörd>',
        f"Authorization: Basic {base64.b64encode(('me:' + SECRET).encode()).decode()}",
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
        base64.encodebytes(b"x" * 50 + SECRET.encode() + b"y" * 50).decode(),
    ],
    ids=["two lines", "indented", "basic authentication", "hexadecimal", "capitals", "base64 over lines"],
)
def test_secret_is_found_broken_or_encoded(text: str) -> None:
    left = Redactor([SECRET])(text)
    assert MARK in left
    assert not [part for part in ("swörd", "<sw", base64.b64encode(SECRET.encode()).decode()[:20]) if part in left]


@pytest.mark.parametrize("told", ["", "  ", "abc", "    ", MARK, "redacted"])
def test_secret_that_would_shred_texts_is_not_looked_for(told: str) -> None:
    assert Redactor([told])("abc redacted    and [redacted]") == "abc redacted    and [redacted]"


@pytest.mark.parametrize(
    ("told", "known"),
    [
        (["hunter22"], ["hunter22"]),
        ([["hunter22", "openup"], None, ("third",)], ["hunter22", "openup", "third"]),
        ([b"hunter22", {"a": "openup"}, 123456], ["hunter22", "openup", "123456"]),
        ([bytearray(b"hunter\xff")], ["hunter\ufffd"]),
    ],
)
def test_hook_may_return_a_text_a_list_or_nothing(told: list[object], known: list[str]) -> None:
    assert texts_in(told) == known


def test_no_secret_can_hide_what_the_verdict_is_found_by() -> None:
    event = {"event": "phase", "outcome": "failed", "nodeid": "x[failed]", "failure": {"message": "failed"}}
    listed = {"items": [{"nodeid": "x[B1xx]", "check": "B1xx"}]}
    redact = Redactor(["failed", "phase", "B1xx"])
    hidden = {"nodeid": f"x[{MARK}]", "failure": {"message": MARK}}
    assert redact.event(event) == {"event": "phase", "outcome": "failed", **hidden}
    assert redact.event(listed) == {"items": [{"nodeid": f"x[{MARK}]", "check": "B1xx"}]}


@given(st.text("abkeytokn=: @.-_/x01\u212a\u017f", max_size=60))
def test_the_quick_look_changes_no_outcome(text: str) -> None:
    unguarded = redaction.KNOWN_TOKEN.sub(MARK, redaction.TOKEN.sub(rf"\g<1>{MARK}", text))
    assert Redactor()(text) == redaction.EMAIL.sub(MARK, unguarded)


PARTS_OF_A_URL = ["://", ":", "/", "@", "user", "s3cr3t", "8000", '"', "'", " ", "#", "?", "\u00e9", "\n", "."]


@given(st.lists(st.sampled_from(PARTS_OF_A_URL), max_size=30))
@example(["user", "://", "user", ":", "s3cr3t", "@", "user", "://", "user", ":", "s3cr3t", "@"])
@example(["://", "user", ":", "s3cr3t", "@"])
def test_passwords_in_urls_are_found_where_they_can_begin(parts: list[str]) -> None:
    text = "".join(parts)
    assert Redactor()(text) == redaction.EMAIL.sub(MARK, redaction.URL_PASSWORD.sub(rf"\g<1>{MARK}\g<3>", text))


@pytest.mark.parametrize(
    "text",
    [
        "x" * 30_000 + "://@",
        "a." * 15_000 + "@",
        "a-." * 10_000 + "@",
        " " * 30_000 + "x\n",
        "a://b:" * 5_000,
        "a://b:c/" * 4_000,
        "--a-" * 8_000,
        "cookie:" * 4_000,
        "-----BEGIN PRIVATE KEY----x" * 1_000,
    ],
    ids="abcdefghi",
)
def test_long_text_takes_no_more_than_its_length(text: str) -> None:
    began = time.process_time()
    assert Redactor(["hunter22"])(text) == text
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("amqp+ssl://kettle:boiling@host", "amqp+ssl://kettle:[redacted]@host"),
        ("postgres://:boiling@host/db", "postgres://:[redacted]@host/db"),
        ("-a.b+c@kettle.example.", "-[redacted]."),
        ("x" * 100 + "@kettle.example", "x" * 36 + "[redacted]"),
        ("hun  \r\n\t ter22", "[redacted]"),
    ],
)
def test_what_is_bounded_is_found_as_before(text: str, shown: str) -> None:
    assert Redactor(["hunter22"])(text) == shown


@pytest.mark.parametrize("secret", [b"kettle-\xff".decode("utf-8", "surrogateescape"), "kettle-\ud800"])
def test_secret_beyond_utf_8_is_found(secret: str) -> None:
    assert Redactor([secret])(f"it is {secret}.") == f"it is {MARK}."


BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def signs_of(before: int, secret: bytes) -> str:
    """The base64 signs, after `before` other bytes, whose six bits are all of the secret: the second way."""
    bits = "0" * 8 * before + "".join(f"{byte:08b}" for byte in secret)
    places = range(-(-8 * before // 6) * 6, len(bits) - 5, 6)
    return "".join(BASE64[int(bits[place : place + 6], 2)] for place in places)


@given(st.binary(min_size=1, max_size=16))
@example(b"\xfb\xff\xbf\xfb\xff\xbf")
@example(b"pass")
@example(b"seven77")
def test_encoded_forms_are_those_that_only_the_secret_decides(secret: bytes) -> None:
    plain = [signs_of(before, secret) for before in range(3)]
    expected = {*plain, *(signs.replace("+", "-").replace("/", "_") for signs in plain)}
    expected |= {secret.hex(), secret.hex().upper()}
    assert redaction._encoded(secret) == {form for form in expected if len(form) >= 8}


def test_secrets_that_are_too_short_are_counted() -> None:
    redact = Redactor(["", "  ", "a", "abc", " abc ", "pw12", "hunter22"])
    assert (redact.known, redact.too_short) == (frozenset({"pw12", "hunter22"}), 2)


def test_a_secret_that_begins_with_another_is_replaced_as_a_whole() -> None:
    assert Redactor(["hunter", "hunter22"])("told hunter22, hunter") == f"told {MARK}, {MARK}"


def test_a_bounded_number_of_short_texts_is_remembered() -> None:
    redact = Redactor()
    for length in (redaction.LONGEST_REMEMBERED + 1, redaction.LONGEST_REMEMBERED):
        redact("x" * length)
    assert redact._remembered.cache_info()[2:] == (redaction.REMEMBERED, 1)


class Gauge:
    def __str__(self) -> str:
        return "at hunter22"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.5, 1.5),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (["hunter22", 7, None, True], [MARK, 7, None, True]),
        (("hunter22",), [MARK]),
        (Gauge(), f"at {MARK}"),
        ({1: "hunter22", None: 2}, {1: MARK, None: 2}),
        ({"password": "abc", "tokens": "abc", "secret": "", "api_key": 7}, None),
        ({"hunter22": 1, "openup99": 2, "boiling3": 3}, {MARK: 1, f"{MARK}#2": 2, f"{MARK}#3": 3}),
    ],
)
def test_value_is_cleaned_within_and_keeps_its_kind(value: object, expected: object) -> None:
    hidden = {"password": MARK, "tokens": "abc", "secret": "", "api_key": 7}
    cleaned = Redactor(["hunter22", "openup99", "boiling3"]).value(value)
    assert cleaned == (hidden if expected is None else expected)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("told hunter22", True),
        ("ghp_0123456789abcdef", True),
        ("ghp_0123456789abcde", False),
        ("gh glpat- xox sk- AKIA eyJ ghp_0123456789abcdef", True),
        ("eyJhbGciOiJIUzI1NiJ9.x", False),
    ],
)
def test_binary_holds_a_given_secret_or_a_token_of_a_service(text: str, held: bool) -> None:
    assert Redactor(["hunter22"]).holds_secret(text) is held
    assert Redactor().holds_secret(text) is (held and "hunter22" not in text)
