import pytest

from tools.selection import Selection
from tools.view import UnknownSelectionError

KNOWN = ("albums", "player", "tracks")
CORE = Selection(frozenset({"core"}))


def names(*toolsets: str, read_only: bool = False) -> Selection:
    return Selection(frozenset(toolsets), read_only)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", names("core")),
        ("/", names("core")),
        ("core", names("core")),
        ("full", names("full")),
        ("full/", names("full")),
        ("readonly", names("core", read_only=True)),
        ("core/readonly", names("core", read_only=True)),
        ("full/readonly", names("full", read_only=True)),
        ("x/albums", names("albums")),
        ("x/tracks,albums", names("albums", "tracks")),
        ("x/ Tracks , albums,albums,", names("albums", "tracks")),
        ("x/core,albums", names("core", "albums")),
        ("x/full,albums", names("full")),
        ("x/albums/readonly", names("albums", read_only=True)),
    ],
)
def test_an_address_says_which_tools_are_meant(text: str, meant: Selection) -> None:
    assert Selection.of_address(text, KNOWN, default=CORE) == meant


@pytest.mark.parametrize(
    "text",
    [
        "albums",
        "x",
        "x/",
        "x/,",
        "x/albums/tracks",
        "x/nope",
        "x/albums,nope",
        "x/readonly",
        "readonly/full",
        "readonly/readonly",
        "full/full",
        "FULL",
        "..",
        "x/" + "albums," * 100,
    ],
)
def test_any_other_address_is_refused_by_naming_those_there_are(text: str) -> None:
    with pytest.raises(UnknownSelectionError) as refusal:
        Selection.of_address(text, KNOWN, default=CORE)
    assert "there are core, full, albums, player, tracks" in str(refusal.value)
    assert len(str(refusal.value)) < 200


def test_an_address_that_names_nothing_means_the_default() -> None:
    default = names("albums", "player")
    assert Selection.of_address("", KNOWN, default=default) == default
    assert Selection.of_address("readonly", KNOWN, default=default) == names("albums", "player", read_only=True)


@pytest.mark.parametrize("text", ["", "full", "x/player"])
def test_a_default_that_changes_nothing_holds_at_every_address(text: str) -> None:
    assert Selection.of_address(text, KNOWN, default=names("core", read_only=True)).read_only


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("core", names("core")),
        ("full", names("full")),
        ("readonly", names("core", read_only=True)),
        ("full,readonly", names("full", read_only=True)),
        ("albums, tracks", names("albums", "tracks")),
        ("core,player,readonly", names("core", "player", read_only=True)),
    ],
)
def test_a_setting_says_it_in_one_list(text: str, meant: Selection) -> None:
    assert Selection.of_setting(text, KNOWN) == meant


def test_a_setting_with_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownSelectionError, match=r"'albms'.*core, full, albums, player, tracks"):
        Selection.of_setting("core,albms", KNOWN)
