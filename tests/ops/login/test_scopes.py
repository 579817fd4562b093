"""What is asked of a user for which tools."""

from pathlib import Path

import pytest

from gateway.auth.scopes import SCOPES
from gateway.principal import LOCAL
from jobs import JOBS, Job
from ops.bootstrap import wire
from ops.login.wish import BadScopesError, scopes_of
from ops.serve import listening
from ops.settings import Settings
from ops.simulator import TOKEN_DESK, SimulatorConfig, create_app
from tools.generated.toolsets import TOOLSETS
from tools.least import least_scopes, useful_scopes
from tools.selection import Selection
from tools.tool import ToolCall


def selected(text: str) -> Selection:
    return Selection.of_setting(text, TOOLSETS)


def test_there_are_seventeen_scopes_in_all() -> None:
    assert len(SCOPES) == 17
    assert least_scopes(selected("full")) == SCOPES


def test_the_five_tools_need_less_than_their_routes_could_use() -> None:
    core = least_scopes(selected("core"))
    assert "user-follow-modify" not in core
    assert {"user-library-modify", "user-modify-playback-state", "playlist-modify-private"} < core


@pytest.mark.parametrize("toolsets", ["core,readonly", "full,readonly"])
def test_who_may_change_nothing_is_not_asked_for_it(toolsets: str) -> None:
    scopes = least_scopes(selected(toolsets))
    assert scopes
    assert not [scope for scope in scopes if "modify" in scope or "upload" in scope]


@pytest.mark.parametrize(
    "toolsets", ["core", "full", "core,readonly", "full,readonly", "library", "player,readonly"]
)
def test_it_is_what_the_tools_say_of_themselves(tmp_path: Path, toolsets: str) -> None:
    environ = {"SPOTIFY_CLIENT_ID": "id", "SPOTIFY_CLIENT_SECRET": "hush", "SPOTIFY_PROFILE": "extended_legacy"}
    settings = Settings.from_env({**environ, "DATA_DIR": str(tmp_path), "TOOLSETS": toolsets})
    assert least_scopes(settings.selection) == useful_scopes(
        kind for tool in wire(settings).views.view("").tools for kind in tool.kinds
    )


def test_what_belongs_to_everybody_needs_nobody() -> None:
    assert least_scopes(selected("markets")) == frozenset()


@pytest.mark.parametrize(
    "text", ["user-top-read,user-read-email", "user-top-read user-read-email", " user-read-email, user-top-read"]
)
def test_scopes_may_be_named(text: str) -> None:
    assert scopes_of(text, selected("core")) == {"user-top-read", "user-read-email"}


def test_all_is_all() -> None:
    assert scopes_of("all", selected("core")) == SCOPES


def test_a_scope_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(BadScopesError, match=r"no scope 'streaming'.*user-top-read"):
        scopes_of("streaming", selected("core"))


@pytest.mark.parametrize("job", JOBS.values(), ids=list(JOBS))
async def test_each_tool_works_with_the_least(tmp_path: Path, job: Job) -> None:
    config = SimulatorConfig()
    app = create_app(config)
    async with listening(app, "127.0.0.1", port=0) as base:
        scopes = " ".join(sorted(least_scopes(selected("core"))))
        settings = Settings.from_env(
            {
                "DATA_DIR": str(tmp_path),
                "SPOTIFY_PROFILE": config.profile,
                "SPOTIFY_CLIENT_ID": config.client_id,
                "SPOTIFY_CLIENT_SECRET": config.client_secret,
                "SPOTIFY_API_URL": f"{base}/v1",
                "SPOTIFY_ACCOUNTS_URL": base,
                "FERMATA_REFRESH_TOKEN": app[TOKEN_DESK].login("demo", scopes)["refresh_token"],
            }
        )
        gateway = wire(settings)
        async with gateway.opened():
            tool = gateway.views.view("").find(job.tool)
            assert tool is not None
            result = await tool.run(ToolCall(job.arguments, principal=LOCAL))
    assert not result.is_error, result.text
    assert job.says in result.text
