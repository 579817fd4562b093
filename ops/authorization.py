"""Puts the authorization server together, by the settings."""

import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from hashlib import blake2b

from gateway.auth.scopes import SCOPES
from gateway.oauth.authorize import Authorize
from gateway.oauth.callback import Callback
from gateway.oauth.callers import OAuthCallers
from gateway.oauth.code_ending import CodeEnding
from gateway.oauth.consent import Consent
from gateway.oauth.directory import Clients
from gateway.oauth.documents import Documents, DocumentsConfig
from gateway.oauth.errand import Authorization
from gateway.oauth.fetch import FetchConfig, GuardedFetch
from gateway.oauth.identity import Identify
from gateway.oauth.ledger import Ledger, LedgerConfig
from gateway.oauth.metadata import Metadata, MetadataConfig
from gateway.oauth.names import StrangersNames
from gateway.oauth.paced import Paced
from gateway.oauth.registered import Registered, RegisteredConfig
from gateway.oauth.registration import NoRegistration, Registration
from gateway.oauth.resource import Resources
from gateway.oauth.standing import Standing
from gateway.oauth.token_endpoint import TokenEndpoint
from ops.accounts import new_secret
from ops.door import Entrance, Pages
from ops.identity import Identity
from ops.settings import Settings
from ops.walk import Walk
from tools.least import least_scopes


class AuthorizationServer:
    """The parts of it, which share a ledger and the clients.

    Args:
        settings: The process's.
        identity: Who has signed in.
        clock: Monotonic seconds.
        permitted: Origins from which documents of clients are fetched in spite of the guard; for tests.
    """

    def __init__(
        self, settings: Settings, identity: Identity, *, clock: Callable[[], float], permitted: frozenset[str]
    ) -> None:
        self._settings = settings
        self._identity = identity
        self._clock = clock
        self._least = least_scopes(settings.selection)
        self._resources = Resources(settings.fermata_public_url)
        config = LedgerConfig(access_s=settings.fermata_access_token_s)
        self._ledger = Ledger(
            identity.vault,
            config,
            wall_clock=time.time,
            clock=clock,
            secret=new_secret,
            observer=identity.observer,
        )
        self._fetch = GuardedFetch(FetchConfig(), resolver=StrangersNames(), permitted=permitted)
        self._documents = Documents(self._fetch, DocumentsConfig(), clock=clock)
        self._registered = Registered(identity.vault, RegisteredConfig(), wall_clock=time.time, secret=new_secret)
        self._clients = Clients(settings.clients, documents=self._documents, registered=self._registered)

    def entrance(self, identify: Identify) -> Entrance:
        """Return the way in that it keeps; `identify` asks Spotify whose sign-in it is."""
        open_to_all = self._registration()
        standing = Standing(self._identity.kept)
        for_programs = TokenEndpoint(self._ledger, self._clients, self._resources, standing=standing)
        least = sorted(self._least)
        metadata = Metadata(
            self._resources,
            MetadataConfig(scopes=sorted(SCOPES), first=least, registration=self._settings.registers),
        )
        callers = OAuthCallers(self._ledger, self._resources, standing=standing, least=lambda _: least)
        shared = {*metadata.paths, *for_programs.paths, *open_to_all.paths}
        pages = [metadata, for_programs, open_to_all, *self._for_people(identify)]
        return Entrance(callers, pages, shared, self._opened)

    def _registration(self) -> Registration | NoRegistration:
        return Registration(self._registered) if self._settings.registers else NoRegistration()

    def _for_people(self, identify: Identify) -> Iterable[Pages]:
        walk = Walk(self._settings, self._identity)
        issuer = self._settings.fermata_public_url
        yield Paced(
            Authorize(
                self._clients,
                self._resources,
                transactions=walk.transactions,
                cookie=walk.cookie,
                offered=SCOPES,
                least=self._least,
            )
        )
        yield Consent(walk.transactions, walk.cookie, leg=walk.leg, issuer=issuer)
        ending = CodeEnding(
            self._ledger,
            identify=identify,
            name_of=self._name_of,
            sign_ins=self._identity.kept,
            wall_clock=time.time,
            secret=new_secret,
            issuer=issuer,
        )
        yield Callback(walk.leg, walk.cookie, kind=Authorization, ending=ending, observer=self._identity.observer)

    def _name_of(self, account_key: str) -> str:
        """Name a user without naming anybody; alike in all processes of the app."""
        key = blake2b(self._settings.sealing_secret).digest()
        return blake2b(account_key.encode(), key=key, digest_size=16, person=b"fermata.user").hexdigest()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[None]:
        async with self._fetch, self._documents:
            yield
