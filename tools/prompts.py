"""Prompts that people pick from a menu; each tells the agent which tools to call, and in which order."""

from collections.abc import Mapping, Sequence
from typing import Final

from tools.prompt import Argument, Prompt
from tools.view import View

_SIGN_IN: Final = (
    "If a tool answers with the code unauthorized, nobody is signed in: say so, tell the user what its error asks "
    "for, and stop there."
)
_HISTORY: Final = frozenset({"get_user_top_items", "get_recently_played"})
_RANGES: Mapping[str, str] = {
    "short_term": "four weeks",
    "medium_term": "six months",
    "long_term": "year",
}


def _steps(goal: str, *steps: str) -> str:
    return "\n".join([goal, "", *(f"{number}. {step}" for number, step in enumerate(steps, 1)), "", _SIGN_IN])


def _play(arguments: Mapping[str, str], _: View) -> str:
    return _steps(
        f"Play this on Spotify: {arguments['what']}",
        "Call spotify_search once, with up to three wordings of it and the types that it may be. Choose the best "
        "match; ask the user only if two are equally likely.",
        "Call spotify_status. If no device is active, choose one from its list, or ask the user to open Spotify "
        "on a device if the list is empty.",
        "Call spotify_control with one operation: action play, with context_uri for an album, artist or playlist, "
        "with uris for tracks, and device_id if you chose one.",
        "Say in one sentence what plays, and where.",
    )


def _build(arguments: Mapping[str, str], _: View) -> str:
    length = arguments.get("length", "20")
    return _steps(
        f"Build a Spotify playlist. Theme: {arguments['theme']}. Length: {length} (tracks if it does not say).",
        "Think of the tracks that fit. Call spotify_search with up to 20 of them as queries in one call, type "
        "track, limit 3; repeat until the list is long enough. Keep the URIs; leave out what was not found, and "
        "take nothing twice.",
        "Show the user the list in its order, and go on when they agree.",
        "Call spotify_playlist with action create, a name, and a description in one line.",
        "Call spotify_playlist with action add_items, the new playlist_id and all URIs in their order.",
        "Give the user the link of the playlist, and say what could not be found.",
    )


def _listening(arguments: Mapping[str, str], view: View) -> str:
    time_range = arguments.get("time_range", "short_term")
    played = (
        f"Call get_user_top_items with limit 20 and time_range {time_range}, for type artists, then for tracks.",
        "Call get_recently_played with limit 50.",
    )
    saved = (
        "Call spotify_library with action tracks_get and limit 50: what was saved last stands first.",
        "Call spotify_status for what plays now.",
        "Say that this is what was saved, not played; the tools for that are at the address /mcp/x/core,users.",
    )
    return _steps(
        f"Tell me what I have been listening to in the last {_RANGES[time_range]}.",
        *(played if all(view.find(name) for name in _HISTORY) else saved),
        "Answer in a few sentences: favourites, what is new, moods and genres that stand out. Name only what the "
        "tools answered.",
    )


PROMPTS: Sequence[Prompt] = (
    Prompt(
        name="play_something",
        title="Play something",
        about="Find music and play it.",
        arguments=(Argument("what", "What to play: a song, an artist, a mood.", required=True),),
        ways=(frozenset({"spotify_search", "spotify_status", "spotify_control"}),),
        changes=frozenset({"spotify_control"}),
        write=_play,
    ),
    Prompt(
        name="build_playlist",
        title="Build a playlist",
        about="Make a playlist on a theme.",
        arguments=(
            Argument("theme", "What it is about: a mood, an occasion, artists.", required=True),
            Argument("length", "How many tracks, or how long; 20 tracks if left out."),
        ),
        ways=(frozenset({"spotify_search", "spotify_playlist"}),),
        changes=frozenset({"spotify_playlist"}),
        write=_build,
    ),
    Prompt(
        name="what_have_i_been_listening_to",
        title="What have I been listening to?",
        about="Sum up the user's taste of late.",
        arguments=(
            Argument(
                "time_range",
                "short_term (four weeks, if left out), medium_term (six months) or long_term (a year).",
                choices=tuple(_RANGES),
            ),
        ),
        ways=(_HISTORY, frozenset({"spotify_library", "spotify_status"})),
        write=_listening,
    ),
)
