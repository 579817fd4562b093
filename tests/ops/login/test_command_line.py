"""What command lines about sign-ins and keys are worth, before anything is asked or sent."""

from hashlib import sha256

import pytest

from ops.cli import main
from ops.setting_kinds import keys_of

APP = {"SPOTIFY_CLIENT_ID": "id", "SPOTIFY_CLIENT_SECRET": "hush-hush"}
KEYS = {"AUTH_MODE": "keys", "FERMATA_KEYS": f"anna:{'0' * 64}"}


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, **environ: str) -> int:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(str(ended.value.code))


@pytest.mark.parametrize(
    ("environ", "arguments", "says"),
    [
        ({}, ("--user", "anna"), "--user is for AUTH_MODE=keys"),
        (KEYS, (), "there are anna"),
        (KEYS, ("--user", "bert"), "no key 'bert'"),
        ({"AUTH_MODE": "oauth", "FERMATA_PUBLIC_URL": "https://m.example"}, (), "the gateway's pages"),
        ({"SPOTIFY_REDIRECT_URI": "http://localhost:8888/callback"}, (), "Spotify takes no localhost"),
        ({"SPOTIFY_CLIENT_SECRET": ""}, (), "SPOTIFY_CLIENT_SECRET: is missing"),
    ],
)
def test_a_wrong_setting_or_user_is_explained(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    environ: dict[str, str],
    arguments: tuple[str, ...],
    says: str,
) -> None:
    for command in ("login", "logout"):
        assert run(monkeypatch, command, *arguments, **{**APP, **environ}) == 2
        out, err = capsys.readouterr()
        assert says in err
        assert not out
        assert "hush" not in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--scopes", "user-top-raed"), "did you mean user-top-read?"),
        (("--timeout", "0"), "--timeout"),
        (("--timeout", "soon"), "--timeout"),
    ],
)
def test_what_cannot_be_asked_for_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    assert run(monkeypatch, "login", *arguments, **APP) == 2
    assert says in capsys.readouterr().err


def test_a_key_is_shown_once_with_the_entry_that_lets_it_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "key", "anna") == 0
    out, err = capsys.readouterr()
    key = out.strip()
    assert key.startswith("fgk_")
    (entry,) = [line.strip() for line in err.splitlines() if line.strip().startswith("anna:")]
    assert keys_of(entry) == {"anna": sha256(key.encode()).hexdigest()}
    assert key not in err
    assert run(monkeypatch, "key", "anna") == 0
    assert capsys.readouterr().out.strip() != key


@pytest.mark.parametrize("name", ["", "a:b", "a,b", "x" * 65])
def test_a_key_needs_a_name_that_the_setting_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run(monkeypatch, "key", name) == 2
    assert "a key has a name" in capsys.readouterr().err
