"""Whatever a request looks like, the answer does not tell whether an express lane stands in front."""

import asyncio
import re

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from gateway.transport import Response
from lanes import LISTED, TRACK, Lanes, lanes
from pipeline import answer, refused
from raw_http import RawAnswer, line, request

MISSING = "0" * 22
MADE_ID = re.compile("[0-9a-f]{32}")

PATHS = st.sampled_from(
    [
        f"/v1/tracks/{TRACK}",
        f"/v1/tracks/{TRACK}/",
        f"/v1//tracks/{TRACK}",
        f"/v1/../v1/tracks/{TRACK}",
        f"/v1/tracks/%34{TRACK[1:]}",
        f"/v1/tracks/{MISSING}",
        "/v1/tracks/short",
        f"/api/v1/tracks/{TRACK}",
        f"http://localhost/v1/tracks/{TRACK}",
        f"//elsewhere.example/v1/tracks/{TRACK}",
        f"/v1/albums/{TRACK}",
        "/v1/search",
        "/v1/me/tracks",
        "/v1/tracks",
        "/nowhere",
    ]
)
PAIRS = st.sampled_from(
    [
        "market=US",
        "market=%55S",
        "market=us",
        "market=",
        "q=a+b",
        "q=a%20b",
        "q=%E2%99%AA",
        "q=%ff",
        "type=track",
        "type=album%2Ctrack",
        "limit=5",
        "limit=05",
        "limit=99",
        f"ids={TRACK}",
        "colour=red",
        "q",
        "",
    ]
)
GOOD = st.sampled_from(
    [
        f"/v1/tracks/{TRACK}",
        f"/v1/tracks/{TRACK}/?market=US",
        f"/v1/tracks/{TRACK}?market=%55S#there",
        f"/api/v1/albums/{TRACK}?",
        f"http://localhost/v1/albums/{TRACK}",
        "/v1/search?q=a+b&type=track&limit=5",
        "/v1/search?limit=5&type=track&q=a%20b",
        "/api/v1/search?query=%E2%99%AA&type=album%2Ctrack",
        "/v1/me/tracks?limit=5",
        f"/v1/tracks?ids={TRACK}",
    ]
)
WILD = st.builds(
    lambda path, pairs, mark, tail: path + (mark if not pairs else "?" + "&".join(pairs)) + tail,
    PATHS,
    st.lists(PAIRS, max_size=3),
    st.sampled_from(["", "?"]),
    st.sampled_from(["", "", "", "#there"]),
)
FIELDS = st.sampled_from(
    [
        ("Accept", "*/*"),
        ("Accept-Encoding", "gzip, deflate, br"),
        ("Authorization", "Bearer mine"),
        ("Connection", "close"),
        ("Connection", "keep-alive"),
        ("Connection", "Upgrade"),
        ("Content-Length", "0"),
        ("Cookie", "a=b"),
        ("Expect", "100-continue"),
        ("Host", "evil.example"),
        ("If-None-Match", "*"),
        ("ORIGIN", "http://127.0.0.1:3000"),
        ("Origin", "null"),
        ("Origin", "https://evil.example"),
        ("Origin", LISTED),
        ("Origin", LISTED.upper()),
        ("Range", "bytes=0-3"),
        ("Upgrade", "websocket"),
        ("X-Deadline-Ms", "60000"),
        ("X-Dry-Run", "0"),
        ("x-dry-run", "1"),
        ("X-Priority", "crawl"),
        ("X-Priority", "soon"),
        ("X-Request-Id", "job-7"),
        ("x-request-id", "a b"),
        ("X-Forwarded-Host", "evil.example"),
    ]
)
TARGETS = st.one_of(GOOD, GOOD, WILD)
METHODS = st.sampled_from(["GET"] * 6 + ["HEAD", "POST", "OPTIONS", "get"])
HOSTS = st.sampled_from(["localhost", "127.0.0.1:1", "LocalHost", "[::1]", "evil.example", ""])
VERSIONS = st.sampled_from(["1.1"] * 4 + ["1.0"])
REQUESTS = st.builds(
    lambda target, fields, method, version, host: request(
        target, *fields, method=method, version=version, host=host
    ),
    TARGETS,
    st.one_of(st.just([]), st.lists(FIELDS, max_size=3)),
    METHODS,
    VERSIONS,
    st.one_of(st.just("localhost"), HOSTS),
)


def script(_: str, url: str) -> Response:
    return refused(404, "No such track") if MISSING in url else answer({"url": url})


def reading(port: int, data: bytes) -> RawAnswer:
    """Ask, and forget what differs between any two answers: times, and an id that the gateway made up."""
    with line(port) as one:
        answer = one.ask(data, bodiless=data.startswith(b"HEAD")).without("Date", "Age", "RateLimit")
    made = any(name == "X-Request-Id" and MADE_ID.fullmatch(value) for name, value in answer.fields)
    return answer.without("X-Request-Id") if made else answer


async def test_both_lanes_answer_alike() -> None:
    def differ(pair: Lanes) -> None:
        @settings(max_examples=400, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(data=REQUESTS)
        def check(data: bytes) -> None:
            for _ in range(2):
                reading(pair.express, data)
            count = len(pair.passed)
            here, there = reading(pair.express, data), reading(pair.ordinary, data)
            event("express" if len(pair.passed) == count else "ordinary")
            event(f"status {here.status}")
            assert here == there

        check()

    async with lanes(script, calls=100_000) as pair:
        await asyncio.to_thread(differ, pair)
        # Every request but these was answered by the lane: it was really tried.
        assert len(pair.served.events) - len(pair.passed) > 400 + 80
