"""Secrets do not reach the journal, look-alikes do, and what was done is said."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.journal import secrets
from callgate.journal.masking import MAX_TEXT, Masker, mask, mask_parts

R36 = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6"
BODY = f"\nProc-Type: 4,ENCRYPTED\n\n{R36}\n{R36}\n"
PEM = f"-----BEGIN RSA PRIVATE KEY-----{BODY}-----END RSA PRIVATE KEY-----"
JWT = f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{R36}"

# (kind, text with the secret as {}, secret)
SECRETS: list[tuple[str, str, str]] = [
    ("aws-access-key", "aws --key {} s3 ls", "AKIAIOSFODNN7EXAMPLE"),
    ("value", "AWS_SECRET_ACCESS_KEY={} aws s3 ls", "/wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("value", "[default]\naws_secret_access_key = {}\n", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("option", "aws configure set aws_secret_access_key {}", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("github-token", "git clone https://x:{}@github.com/a/b", f"ghp_{R36}"),
    ("github-token", "echo {}", f"gho_{R36}"),
    ("github-token", "echo {}", f"github_pat_11ABC_{R36}"),
    ("gitlab-token", "curl -H 'PRIVATE-TOKEN: {}' x", "glpat-aB3dE6gH9jK2mN5pQ8sT"),
    ("slack-token", "x={}", "xoxb-123456789012-aB3dE6gH9jK2"),
    ("slack-webhook", "curl https://hooks.slack.com/services/{}", "T000/B000/aB3dE6gH9jK2"),
    ("api-key", "use {}", f"sk-{R36}{R36[:12]}"),
    ("api-key", "use {}", f"sk-ant-api03-{R36}"),
    ("google-key", "https://maps/?k={}", f"AIza{R36}"[:39]),
    ("stripe-key", "k: {}", f"sk_live_{R36}"),
    ("npm-token", "//registry/:_auth {}", f"npm_{R36}"),
    ("pypi-token", "twine -p {}", f"pypi-AgEIcHlwaS5vcmc{R36}"),
    ("jwt", "echo {}", JWT),
    ("private-key", "cat > k <<E\n" + PEM.replace(BODY, "{}") + "\nE", BODY),
    ("authorization", "curl -H 'Authorization: Bearer {}' x", "s3cr3t.t0ken-value"),
    ("authorization", "Authorization: Basic {}", "dXNlcjpwYXNzd29yZA=="),
    ("authorization", "curl -H 'authorization: {}' x", "3f2a9c1b7d5e4f60aabb"),
    ("header", "curl -H 'X-Api-Key: {}' x", "0a1b2c3d4e"),
    ("cookie", "curl -H 'Cookie: {}' x", "sid=abc; other=def"),
    ("url-password", "psql postgres://me:{}@db/x", "hunter2"),
    ("url-password", "psql postgres://me:{}@db/x", "hun@ter:2"),
    ("url-password", "redis-cli redis://:{}@db/0", "hunter2"),
    ("url-token", "git clone https://{}@host/r", R36),
    ("option", "tool --password {} x", "hunter2"),
    ("option", "tool --password={} x", "hunter2"),
    ("option", "tool --password {} x", '"my pass word"'),
    ("option", "tool --db-password '{}' x", "my pass word"),
    ("option", "tool --api-key {} --verbose", "k1234"),
    ("option", "tool --secret-key={}", "k1234"),
    ("option", "sshpass -p {} ssh host", "hunter2"),
    ("option", "mysql -u root -p{} db", "hunter2"),
    ("option", "docker login -u me -p {} host", "hunter2"),
    ("option", "curl -s -u me:{} https://x", "hunter2"),
    ("value", "DB_PASSWORD={} ./run", "hunter2"),
    ("value", "export GITHUB_TOKEN={}", "abcdef"),
    ("value", "export GITHUB_TOKEN='{}'", "a b c"),
    ("value", 'export CLIENT_SECRET="{}"', "a b c"),
    ("value", "SIGNING_KEY={} make", "a1b2c3"),
    ("value", "KEY={} make", "a1b2c3"),
    ("value", "curl 'https://x/?access_token={}&page=2'", "a1b2c3"),
    ("value", """curl -d '{{"user":"me","password": "{}"}}' x""", "hunter2"),
    ("value", '{{\\"apiKey\\":\\"{}\\"}}', "hunter2"),
    ("value", "const apiKey = '{}';", "k-1 2"),
    ("value", "db:\n  password: {}\n  host: x", "hunter2"),
]


@pytest.mark.parametrize(("kind", "template", "secret"), SECRETS)
def test_a_secret_is_replaced_by_its_kind(kind: str, template: str, secret: str) -> None:
    """The secret is gone, what is around it stays, and the kind is in its place."""
    masked, what = mask({"command": template.format(secret)})
    assert secret not in masked["command"]
    assert f"«masked:{kind}»" in masked["command"]
    assert f"command: {kind}" in what
    assert masked["command"].startswith(template.format("\0").partition("\0")[0].rstrip("'"))


LOOK_ALIKES = [
    "git show 3f2a9c1b7d5e4f60aabbccddeeff001122334455",
    "id 550e8400-e29b-41d4-a716-446655440000",
    "PASSWORD_FILE=/x docker run db",
    "TOKENIZERS_PARALLELISM=false python x.py",
    "PWD=/home/u OLDPWD=/ ls",
    "SSH_KEY=~/.ssh/id_ed25519 ./deploy",
    "GITHUB_TOKEN=$TOKEN gh pr list",
    'GITHUB_TOKEN="$(cat t)" gh pr list',
    "token = get_token()",
    "token=get_token(x)",
    "def login(password: str, token=None) -> None:",
    '{"max_tokens": 4096, "token_type": "bearer"}',
    "monkey=banana turkey: 12",
    "PUBLIC_KEY=abc123 CACHE_KEY=v1-npm",
    "pip install sk-learn-contrib-extension-2",
    "this uses bearer authentication and basic authentication",
    "Basic Understanding of Bearer Tokens",
    "mkdir -p src/main && cp -p a b",
    "mysql -u root -p db",
    "sort --key=2,2 --field-separator=: /etc/passwd",
    "gpg --no-password db",
    "curl -u me https://x/a:b",
    "git clone git@github.com:a/b.git",
    "curl http://localhost:8080/a@b",
    "ssh://git@host/x",
    "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
    "docker login --password-stdin",
    "grep -rn 'password' src",
    "eyJ is how base64 of an object begins",
    "kubectl create secret generic x --from-file=f",
]


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_a_look_alike_is_left_alone(text: str) -> None:
    """What only resembles a secret reaches the journal unchanged: masking it would spoil replay."""
    assert mask({"command": text}) == ({"command": text}, [])


def test_fields_are_masked_by_name() -> None:
    """A field named like a secret hides all text below it, whatever its shape; numbers and other fields stay."""
    value = {"user": "me", "password": "correct horse", "auth": {"apiKey": ["a", {"v": "b"}], "key": "PROJ-1"}, "n": 1}
    masked, what = mask(value)
    assert masked == {
        "user": "me",
        "password": "«masked:field»",
        "auth": {"apiKey": ["«masked:field»", {"v": "«masked:field»"}], "key": "PROJ-1"},
        "n": 1,
    }
    assert what == ["password: field", "auth.apiKey[0]: field", "auth.apiKey[1].v: field"]


def test_a_secret_seen_once_is_masked_everywhere_after() -> None:
    """A reason that quotes a secret without the shape that gave it away does not leak it."""
    masker = Masker()
    masker.mask({"command": 'tool --password "my pass word"'}, "tool_input")
    assert masker.mask("ran tool my pass word x", "reasoning") == "ran tool «masked:option» x"
    assert masker.what == ["tool_input.command: option", "reasoning: option"]


def test_half_a_private_key_is_masked_to_the_end() -> None:
    """A key block without its end marker hides everything after its begin marker."""
    assert mask(PEM[:60]) == ("-----BEGIN RSA PRIVATE KEY-----«masked:private-key»", ["private-key"])


def test_keys_are_masked_too() -> None:
    """A secret in a key is masked, and two keys never fall into one."""
    masked, _ = mask({f"/x/ghp_{R36}": 1, f"/x/gho_{R36}": 2})
    assert sorted(masked.values()) == [1, 2]
    assert R36 not in json.dumps(masked)


def test_paths_are_not_field_names() -> None:
    """In a mapping of paths a file called `token` hides nothing."""
    links = {"token": "/real/token"}
    assert Masker().mask(links, "links", fields=False) == links


def test_the_original_is_not_touched() -> None:
    """Masking works on a deep copy."""
    value = {"a": [{"password": "hunter2"}]}
    mask(value)
    assert value == {"a": [{"password": "hunter2"}]}


def test_a_long_string_is_cut_and_says_so() -> None:
    """Of a string over 64 KiB the head stays, with the number of characters that are missing."""
    for extra in (1, 5000, 1_000_000):
        masked, what = mask({"content": "x" * (MAX_TEXT + extra)})
        assert masked["content"].startswith("x" * (MAX_TEXT - 4096) if extra > 4096 else "x" * MAX_TEXT)
        kept = masked["content"].count("x")
        dropped = MAX_TEXT + extra - kept
        assert masked["content"].endswith(f"«cut: {dropped} characters»")
        assert what == [f"content: cut {dropped} characters"]
    assert mask("x" * MAX_TEXT) == ("x" * MAX_TEXT, [])


@pytest.mark.parametrize("offset", [-60, -20, -1, 0, 10, 4070, 4090, 5000])
def test_a_cut_does_not_bare_half_a_secret(offset: int) -> None:
    """A token across the cut, or beyond it, shows in no part."""
    for pad in (" ", "A_TOKEN=abcdefghijklmnop "):
        prefix = (pad * MAX_TEXT)[: MAX_TEXT + offset - 1] + " "
        masked, _ = mask(f"{prefix}ghp_{R36}" + " x" * 5000)
        assert "ghp_" not in masked


def test_huge_and_deep_values_are_bounded() -> None:
    """Too many values, too much text or too many levels are cut and recorded, never an error."""
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    for value in ([0] * 100_000, ["y" * 60_000] * 50, deep, {str(i): i for i in range(50_000)}):
        masked, what = mask(value)
        assert what
        assert "cut" in what[-1]
        assert len(json.dumps(masked)) < 2 * 1024 * 1024


def test_what_json_cannot_say_is_said_as_text() -> None:
    """Infinite numbers, sets and other objects become text; tuples become lists."""
    masked, what = mask({"a": float("inf"), "b": float("nan"), "c": (1, None, True, 1.5), "d": b"x"})
    assert masked == {"a": "inf", "b": "nan", "c": [1, None, True, 1.5], "d": "b'x'"}
    assert what == []


def test_lone_surrogates_pass() -> None:
    """A lone surrogate neither breaks masking nor is lost."""
    masked, what = mask(f"a \ud800 ghp_{R36} \udfff")
    assert masked == "a \ud800 «masked:github-token» \udfff"
    assert what == ["github-token"]


def test_masking_twice_changes_nothing() -> None:
    """What is masked already is not masked again."""
    for _, template, secret in SECRETS:
        once, _ = mask(template.format(secret))
        assert mask(once)[0] == once


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    )
)
def test_any_value_becomes_json(value: object) -> None:
    """Masking never raises, and its result is JSON."""
    masked, what = mask(value)
    json.dumps(masked, allow_nan=False)
    assert all(isinstance(line, str) for line in what)


def test_the_short_way_and_the_long_way_agree() -> None:
    """A record without secrets is the same whether it was copied whole or masked part by part."""
    parts = {"a": {"x": ("y", 1), "z": None}, "b": 'quote " and \\ and é \ud800', "c": [1.5, True]}
    masker = Masker()
    long = {name: masker.mask(value, name) for name, value in parts.items()}
    assert mask_parts(parts, fields=("a",)) == (long, [])


def test_only_parts_with_fields_are_masked_by_name() -> None:
    """A key named like a secret counts in the parts that are said to have fields."""
    masked, what = mask_parts({"in": {"token": "abc"}, "links": {"token": "abc"}}, fields=("in",))
    assert masked == {"in": {"token": "«masked:field»"}, "links": {"token": "abc"}}
    assert what == ["in.token: field"]


def test_every_hint_survives_json() -> None:
    """A hint with a quote, a backslash or beyond ASCII would be missed when a record is looked at as one text."""
    assert all(json.dumps(hint.decode()) == f'"{hint.decode()}"' for hint in secrets._HINTS)  # noqa: SLF001 - the table is the fact


@pytest.mark.parametrize(("kind", "template", "secret"), SECRETS)
def test_the_long_way_is_taken_for_every_secret(kind: str, template: str, secret: str) -> None:
    """No secret of the table slips through the look at the whole record."""
    masked, what = mask_parts({"tool_input": {"command": template.format(secret)}, "x": 1}, fields=("tool_input",))
    assert secret not in json.dumps(masked)
    assert f"tool_input.command: {kind}" in what
