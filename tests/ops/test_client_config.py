"""What goes into the files of MCP clients."""

import tomllib
from pathlib import Path

import orjson
import pytest

from ops.cli import main
from ops.client_config import NoSuchClientError, client_config, clients, http_of, stdio_of

ENVIRON = {
    "SPOTIFY_CLIENT_ID": "abc",
    "SPOTIFY_CLIENT_SECRET": "hush-client",
    "FERMATA_SECRET": "hush-seal" * 4,
    "REDIS_URL": "redis://:hush-redis@127.0.0.1/0",
    "TOOLSETS": "full",
    "PORT": "9999",
    "FERMATA_KEYS": f"anna:{'0' * 64}",
    "HOME": "/home/anna",
}
NAMES = [name for name, _ in clients()]
FILED = [name for name in NAMES if name != "claude-desktop"]


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_is_ever_written(name: str) -> None:
    written = client_config(name, stdio_of(ENVIRON))
    assert "hush" not in written.text + written.hint
    assert "abc" in written.text
    assert "SPOTIFY_CLIENT_SECRET" in written.text
    assert "SPOTIFY_CLIENT_SECRET" in written.hint


@pytest.mark.parametrize("name", [name for name in NAMES if name != "codex"])
def test_what_is_written_is_json_and_starts_this_very_program(name: str, tmp_path: Path) -> None:
    program = tmp_path / "fermata"
    program.touch()
    form = stdio_of(ENVIRON, executable=str(tmp_path / "python"))
    document = orjson.loads(client_config(name, form).text)
    servers = document.get("mcpServers") or document.get("servers") or document["context_servers"]
    entry = servers["spotify"]
    assert (entry["command"], entry["args"]) == (str(program), ["stdio"])
    assert entry["env"]["TOOLSETS"] == "full"
    assert not {"PORT", "FERMATA_KEYS", "HOME"} & entry["env"].keys()


def test_what_is_not_set_here_is_named_as_still_to_be_written() -> None:
    written = client_config("cursor", stdio_of({}))
    assert "SPOTIFY_CLIENT_ID: not set here" in written.hint
    assert "not set here" not in client_config("cursor", stdio_of(ENVIRON)).hint


def test_codex_reads_toml_and_takes_secrets_from_the_environment(tmp_path: Path) -> None:
    form = stdio_of(ENVIRON, executable=str(tmp_path / 'py"thon'))
    entry = tomllib.loads(client_config("codex", form).text)["mcp_servers"]["spotify"]
    assert entry["command"] == str(tmp_path / 'py"thon')
    assert entry["args"] == ["-m", "ops", "stdio"]
    assert "SPOTIFY_CLIENT_SECRET" in entry["env_vars"]
    assert entry["env"]["SPOTIFY_CLIENT_ID"] == "abc"
    http = client_config("codex", http_of("http://127.0.0.1:8080", key_env="KEY")).text
    assert tomllib.loads(http)["mcp_servers"]["spotify"] == {
        "url": "http://127.0.0.1:8080/mcp",
        "bearer_token_env_var": "KEY",
    }


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("claude-code", "${SPOTIFY_CLIENT_SECRET}"),
        ("cursor", "${env:SPOTIFY_CLIENT_SECRET}"),
        ("windsurf", "${env:SPOTIFY_CLIENT_SECRET}"),
        ("vscode", "${input:SPOTIFY_CLIENT_SECRET}"),
        ("gemini-cli", "$SPOTIFY_CLIENT_SECRET"),
        ("claude-desktop", "YOUR_SPOTIFY_CLIENT_SECRET"),
    ],
)
def test_each_client_is_told_the_secret_in_its_own_way(name: str, secret: str) -> None:
    assert f'"SPOTIFY_CLIENT_SECRET": "{secret}"' in client_config(name, stdio_of(ENVIRON)).text


def test_vscode_asks_for_what_it_must_not_show() -> None:
    document = orjson.loads(client_config("vscode", stdio_of(ENVIRON)).text)
    assert all(one["password"] for one in document["inputs"])
    assert document["servers"]["spotify"]["type"] == "stdio"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("claude-code", "url"),
        ("cursor", "url"),
        ("windsurf", "serverUrl"),
        ("gemini-cli", "httpUrl"),
        ("zed", "url"),
    ],
)
def test_a_running_gateway_is_reached_by_its_address(name: str, key: str) -> None:
    written = client_config(name, http_of("http://127.0.0.1:8080")).text
    assert f'"{key}": "http://127.0.0.1:8080/mcp"' in written
    assert "Authorization" not in written
    assert "Bearer" in client_config(name, http_of("https://m.example/mcp/full", key_env="KEY")).text


def test_without_settings_there_is_something_to_fill_in() -> None:
    written = client_config("cursor", stdio_of({})).text
    assert "YOUR_SPOTIFY_CLIENT_ID" in written


def test_a_folder_is_written_with_its_whole_path() -> None:
    document = orjson.loads(client_config("cursor", stdio_of({"DATA_DIR": "here"})).text)
    assert document["mcpServers"]["spotify"]["env"]["DATA_DIR"] == str(Path("here").absolute())


def test_who_knows_no_such_client_names_those_that_there_are() -> None:
    with pytest.raises(NoSuchClientError, match=r"claude-code.*codex"):
        client_config("emacs", stdio_of({}))
    with pytest.raises(NoSuchClientError, match="Connectors"):
        client_config("claude-desktop", http_of("http://127.0.0.1:8080"))


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://x", "http://", "http://name:word@127.0.0.1:8080"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(NoSuchClientError, match="--http"):
        http_of(url)


def test_the_command_prints_what_can_be_piped_and_says_the_rest_beside(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", "hush")
    with pytest.raises(SystemExit, match="0"):
        main(["client-config", "cursor"])
    out, err = capsys.readouterr()
    assert orjson.loads(out)["mcpServers"]
    assert "~/.cursor/mcp.json" in err
    with pytest.raises(SystemExit, match="0"):
        main(["client-config"])
    assert all(name in capsys.readouterr().out for name in ["zed"])
    with pytest.raises(SystemExit, match="2"):
        main(["client-config", "emacs"])
