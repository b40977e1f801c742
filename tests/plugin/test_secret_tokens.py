"""Tokens and keys are secrets by their form or by the name before them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from release_gate.record.redaction import MARK, TOKEN, Redactor, without_named_tokens


@pytest.mark.parametrize(
    "token",
    [
        "ASIAIOSFODNN7EXAMPLE",
        "glptt-0123456789abcdef",
        "xoxe-1-0123456789abcdef",
        "xapp-1-A12345678-abcdefg",
        "sk_live_51H8abcdefghijklm",
        "pypi-AgEIcHlwaS5vcmcCJDU2abcd",
        "npm_abcdefghijklmnopqrstuvwxyz0123456789",
        "hf_abcdefghijklmnopqrstuvwxyz012345",
        "AIzaSyA-1234567890abcdefghijklmnopqrstuv",
        "SG.abcdefghijklmnopqrstuv.abcdefghijklmnop",
        "dop_v1_abcdefghijklmnop0123456789",
        "ya29.a0AfH6SMBabcdefghijklmnop",
        "shpat_0123456789abcdef0123",
        "dckr_pat_0123456789abcdef0123",
        "hooks.slack.com/services/T0000/B0000/XXXXXXXX",
    ],
)
def test_token_of_each_service_is_found_in_texts_and_binaries(token: str) -> None:
    assert Redactor()(f"told {token}, once") == f"told {MARK}, once"
    assert Redactor().holds_secret(f"\x00 {token}\x00")


@pytest.mark.parametrize("text", ["npm_config_global_prefix=/usr", "pypi-simple-index-of-ours", "hf_hub", "skipped-x"])
def test_ordinary_name_is_no_token(text: str) -> None:
    assert Redactor()(text) == text


KEY_LINES = "\nMIIEowIBAAKCAQEA75abcd\nabcdefghijklmnopqrstuv12"


@pytest.mark.parametrize("kind", ["", "RSA ", "OPENSSH ", "ENCRYPTED "])
@pytest.mark.parametrize("inner", ["", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n"])
def test_private_key_is_replaced_whole_or_cut(kind: str, inner: str) -> None:
    head, end = f"-----BEGIN {kind}PRIVATE KEY-----", f"-----END {kind}PRIVATE KEY-----"
    assert Redactor()(f"a {head}{inner}{KEY_LINES}\n{end} b") == f"a {MARK} b"
    assert Redactor()(f"a {head}{KEY_LINES}\n... and so on") == f"a {MARK}\n... and so on"
    assert Redactor()(f"{head} is how it begins") == f"{MARK} is how it begins"


NAMES = [
    "api",
    "access",
    "account",
    "authorization: bearer ",
    "_",
    "-",
    "key",
    "Token",
    "SECRET",
    "passwd",
    "pwd",
    "bearer",
    "xbasic",
]
PIECES = st.sampled_from([*NAMES, " ", "=", ":", '"', "\n", "1a2b3c", "ſ", "K"])


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_named_tokens_are_those_that_the_whole_expression_finds(text: str) -> None:
    assert without_named_tokens(text) == TOKEN.sub(rf"\g<1>{MARK}", text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("token=abcd1 token=abcd2 token=abcd3, pwd=abcd4", f"token={MARK} token={MARK} token={MARK}, pwd={MARK}"),
        ("token=secret=abcd1234 or so", f"token={MARK} or so"),
        ("\u017fecret=abcd1234", f"\u017fecret={MARK}"),
        ("\u0130\u0130 token=abcd1234", f"\u0130\u0130 token={MARK}"),
        ("no secret here", "no secret here"),
    ],
)
def test_each_named_token_is_replaced_once(text: str, expected: str) -> None:
    assert without_named_tokens(text) == expected
