"""Issues and checks codes and tokens; each works once or until its time is over, and only for whom it was made.

Tokens are opaque, 256 random bits behind a prefix. A vault keeps them under a keyed hash, so that what it holds
opens nothing, and a look-up compares hashes, whose timing tells nothing of the token.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from gateway.auth.observer import UNHEARD, IdentityObserver
from gateway.auth.vault import Vault, VaultError
from gateway.oauth.access import Access, AccessTokens
from gateway.oauth.codes import MARGIN_S, Code, Codes, Replay
from gateway.oauth.errors import OAuthError
from gateway.oauth.families import Families, Family, parts_of
from gateway.oauth.grant import Grant
from gateway.oauth.households import Households
from gateway.oauth.memory import Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerConfig:
    """How long things are good, in seconds.

    Attributes:
        code_s: A code.
        access_s: An access token.
        refresh_s: A refresh token that nobody uses.
        family_s: A consent, however often it is refreshed.
        believe_s: How long an ending in another process may go unnoticed.
    """

    code_s: float = 60.0
    access_s: float = 900.0
    refresh_s: float = 90 * 86_400.0
    family_s: float = 365 * 86_400.0
    believe_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Issued:
    """An answer of the token endpoint; `grant` is that of the access token."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_s: int
    grant: Grant


class Ledger:
    """Codes and tokens of one gateway, shared by all processes with the same vault.

    Every method that waits raises an `OAuthError` of status 503, `temporarily_unavailable`, if the vault fails.

    Args:
        vault: Keeps everything.
        config: How long things are good.
        wall_clock: Seconds since the epoch.
        clock: Monotonic seconds.
        secret: Returns a fresh unguessable text of 43 characters or more out of `[A-Za-z0-9_-]`.
        observer: Hears of tokens that come and go.
    """

    def __init__(
        self,
        vault: Vault,
        config: LedgerConfig,
        *,
        wall_clock: Callable[[], float],
        clock: Callable[[], float],
        secret: Callable[[], str],
        observer: IdentityObserver = UNHEARD,
    ) -> None:
        self._config = config
        self._wall_clock = wall_clock
        self._observer = observer
        self._codes = Codes(vault, config.code_s, wall_clock=wall_clock, secret=secret)
        self._tokens = AccessTokens(vault, wall_clock=wall_clock, secret=secret)
        self._families = Families(vault, wall_clock=wall_clock, secret=secret)
        self._households = Households(vault, self._families, keep_s=config.family_s + config.code_s + MARGIN_S)
        self._memory = Memory(config.believe_s, clock=clock, wall_clock=wall_clock)

    async def mint_code(self, grant: Grant, *, redirect_uri: str, challenge: str) -> str:
        """Return a code that `redeem` takes once: same client, same redirect URI, right verifier.

        Args:
            grant: What the user has just allowed, with a family of its own.
            redirect_uri: Where the code is sent.
            challenge: The client's S256 challenge.

        Raises:
            ValueError: The challenge or the name of the family is none.
        """
        with _reaching():
            now = self._wall_clock()
            # The family is there before anybody has the code, so that from then on a deletion is enough to end it.
            await self._families.open(
                grant, ends_at=now + self._config.family_s, until=now + self._config.code_s + MARGIN_S
            )
            await self._households.join(grant.principal_id, grant.family)
            return await self._codes.mint(grant, redirect_uri=redirect_uri, challenge=challenge)

    async def redeem(
        self, code: str, *, client_id: str, redirect_uri: str | None, verifier: str, audience: str | None
    ) -> Issued:
        """Return the first tokens of the grant behind `code`.

        A code is spent by whoever sends it first, right or wrong, and one that comes a second time ends everything
        that was issued for it (RFC 6749, 4.1.2).

        Args:
            code: What `mint_code` returned.
            client_id: Who sends it.
            redirect_uri: Where the client got it; None if it does not say, as OAuth 2.1 has it: the verifier shows
                already that the code was not brought in from elsewhere.
            verifier: What the challenge was made of.
            audience: What the access token is for, see `Resources.audience`; None is all that was granted.

        Raises:
            OAuthError: `invalid_grant` whatever is wrong, `invalid_target` for another resource.
        """
        with _reaching():
            found = await self._codes.spend(code)
            if found is None:
                raise _no_code()
            if isinstance(found, Replay):
                self._observer.reused("code")
                await self._end(found.family)
                raise _no_code()
            try:
                if not found.fits(client_id=client_id, redirect_uri=redirect_uri, verifier=verifier):
                    raise _no_code()
                issued = await self._first(found, audience)
            except OAuthError:
                await self._end(found.grant.family)
                raise
        self._observer.tokens("issued")
        return issued

    async def refresh(
        self, token: str, *, client_id: str, scopes: frozenset[str] | None, audience: str | None
    ) -> Issued:
        """Return new tokens for a refresh token, which ends.

        `scopes` and `audience` may narrow the access token, and that one only. A refresh token that comes a second
        time was stolen, or its successor was: the family ends (RFC 9700, 4.14). Of two that come at the same time,
        one gets tokens and the other ends them. There is no grace: during it, a thief's copy would work, and
        nobody would notice.

        Raises:
            OAuthError: `invalid_grant`, `invalid_scope` for more than was granted, `invalid_target`.
        """
        with _reaching():
            name, secret = parts_of(token) or ("", "")
            family = await self._families.find(name) if name else None
            if family is None:
                raise _no_token()
            if not family.is_newest(secret):
                self._observer.reused("refresh_token")
                await self._end(name)
                raise _no_token()
            if family.grant.client_id != client_id:
                raise _no_token()
            issued = await self._issue(family, family.grant.narrowed(scopes=scopes, audience=audience))
            if issued is None:
                # Somebody else was quicker with the same token.
                self._observer.reused("refresh_token")
                await self._end(name)
                raise _no_token()
        self._observer.tokens("refreshed")
        return issued

    def recall(self, token: str) -> Grant | None:
        """Return the grant of an access token that was found good in the last seconds; None says nothing."""
        return self._memory.recall(token)

    async def check(self, token: str) -> Grant | None:
        """Return the grant of an access token that is good now; None for any other text."""
        with _reaching():
            question = self._memory.question()
            access = await self._tokens.find(token)
            if access is None or not await self._families.lives(access.grant.family):
                return None
            self._memory.believe(token, access, since=question)
            return access.grant

    async def revoke(self, token: str, *, client_id: str | None) -> None:
        """End the family of an access or refresh token of that client; any other text changes nothing.

        Without a client id it is enough to have the token, as its holder could do worse with it.
        """
        with _reaching():
            grant = await self._grant_of(token)
            if grant is not None and client_id in {None, grant.client_id}:
                await self._end(grant.family)
                self._observer.tokens("revoked")

    async def end_principal(self, principal_id: str) -> None:
        """End everything that a principal has allowed: codes on their way and all tokens."""
        with _reaching():
            try:
                await self._households.end(principal_id)
            finally:
                self._memory.forget(lambda grant: grant.principal_id == principal_id)

    async def _first(self, code: Code, audience: str | None) -> Issued:
        family = await self._families.find(code.grant.family)
        if family is None or self._wall_clock() >= code.until:
            raise _no_code()
        issued = await self._issue(family, code.grant.narrowed(scopes=None, audience=audience))
        if issued is None:
            # The code came again meanwhile, or the user has left.
            raise _no_code()
        return issued

    async def _issue(self, family: Family, grant: Grant) -> Issued | None:
        """Return new tokens; None if the family is not any more what was read."""
        now = self._wall_clock()
        until = min(now + self._config.refresh_s, family.ends_at)
        access = Access(grant, min(now + self._config.access_s, until))
        # The access token comes first: what fails before the one write that spends the refresh token may be tried
        # again with it. Should that write fail, nobody ever sees this access token.
        text = await self._tokens.mint(access)
        refresh_token = await self._families.renew(family, until=until)
        if refresh_token is None:
            return None
        return Issued(text, refresh_token, int(access.until - now), grant)

    async def _grant_of(self, token: str) -> Grant | None:
        if parts := parts_of(token):
            # An older one will do: that it is shown at all means no good.
            family = await self._families.find(parts[0])
            return None if family is None else family.grant
        access = await self._tokens.find(token)
        return None if access is None else access.grant

    async def _end(self, family: str) -> None:
        try:
            await self._families.end(family)
        finally:
            # Not before: whoever asks the vault during the deletion may still be told that the family lives.
            self._memory.forget(lambda grant: grant.family == family)


@contextmanager
def _reaching() -> Iterator[None]:
    """Say in the protocol's words that the vault failed; what cannot be looked up is never good."""
    try:
        yield
    except VaultError as error:
        raise OAuthError(
            "temporarily_unavailable", "What is kept of tokens cannot be reached; try again shortly", status=503
        ) from error


def _no_code() -> OAuthError:
    return OAuthError(
        "invalid_grant",
        "The code was used before, is over, or was made for another client, redirect URI or verifier; "
        "begin again with the authorization endpoint",
    )


def _no_token() -> OAuthError:
    return OAuthError(
        "invalid_grant",
        "The refresh token was used before, has ended, or is another client's; let the user sign in again",
    )
