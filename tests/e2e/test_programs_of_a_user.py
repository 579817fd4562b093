"""Programs of one user share one sign-in at Spotify; what that means for each is told, and counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from consent_browser import request
from ledger_rig import VERIFIER, challenge_of
from oauth_house import BEFOREHAND, CALLBACKS, OAuthHouse, running

READ, CHANGE = "user-library-read", "playlist-modify-private"


@dataclass
class Program:
    """A program without a library, which sees every answer as it is."""

    place: OAuthHouse
    id: str = BEFOREHAND
    tokens: Mapping[str, Any] = field(default_factory=dict)

    async def authorize(self, *scopes: str) -> None:
        """Ask for `scopes`, and get tokens for what the user allows."""
        asked = request(
            client_id=self.id,
            redirect_uri=CALLBACKS[0],
            code_challenge=challenge_of(VERIFIER),
            scope=" ".join(scopes),
            resource=self.place.base,
        )
        back = await self.place.visitor.walk(f"{self.place.base}/oauth/authorize?{urlencode(asked)}")
        code = dict(parse_qsl(urlsplit(back).query))["code"]
        form = {"code": code, "code_verifier": VERIFIER, "redirect_uri": CALLBACKS[0]}
        assert await self.ask(grant_type="authorization_code", **form) == ""

    async def refresh(self) -> str:
        """Ask for new tokens; return the error."""
        return await self.ask(grant_type="refresh_token", refresh_token=self.tokens["refresh_token"])

    async def ask(self, **form: str) -> str:
        """Ask the token endpoint; return the error."""
        address = f"{self.place.base}/oauth/token"
        async with self.place.visitor.http.post(address, data={"client_id": self.id, **form}) as answer:
            self.tokens = await answer.json()
        return str(self.tokens.get("error", ""))

    async def get(self, path: str) -> tuple[int, str]:
        """Ask the mirror; return the status and the challenge of the answer."""
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        async with self.place.visitor.http.get(f"{self.place.base}/v1{path}", headers=headers) as answer:
            return answer.status, answer.headers.get("WWW-Authenticate", "")


async def metrics(place: OAuthHouse) -> str:
    async with place.visitor.http.get(f"{place.base}/metrics") as answer:
        return await answer.text()


async def test_what_one_program_is_allowed_takes_nothing_from_another() -> None:
    async with running() as place:
        reader, editor = Program(place), Program(place, place.document)
        await reader.authorize(READ)
        await editor.authorize(CHANGE)
        assert (reader.tokens["scope"], editor.tokens["scope"]) == (READ, CHANGE)
        assert (await reader.get("/me/tracks"))[0] == 200
        status, challenge = await editor.get("/me/tracks")
        assert (status, "insufficient_scope" in challenge) == (403, True)
        page = await metrics(place)
        assert 'fermata_sign_ins_total{outcome="finished",way="program"} 2.0' in page
        assert 'fermata_tokens_total{event="issued"} 2.0' in page


async def test_when_the_sign_in_has_ended_programs_are_sent_to_authorize_again() -> None:
    async with running() as place:
        reader, editor = Program(place), Program(place, place.document)
        await reader.authorize(READ)
        await editor.authorize(READ, CHANGE)
        assert (await reader.get("/me/tracks"))[0] == 200
        place.withdraw()
        assert (await reader.get("/me/tracks?limit=3"))[0] == 401
        status, challenge = await reader.get("/me/tracks?limit=3")
        assert status == 401
        assert 'error="invalid_token", error_description="Your sign-in with Spotify has ended' in challenge
        # A client that refreshes first must not come back with another token, for ever.
        assert await reader.refresh() == await editor.refresh() == "invalid_grant"
        await editor.authorize(READ)
        assert (await editor.get("/me/tracks"))[0] == 200
        page = await metrics(place)
        assert 'fermata_renewals_total{outcome="ended"} 1.0' in page
        assert 'fermata_credentials_refused_total{door="rest",reason="sign_in_ended"} 1.0' in page
