"""Whatever is done in whatever order: what lives is good, what is spent or ended never yields anything again."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from gateway.oauth.errors import OAuthError
from gateway.oauth.grant import Grant
from gateway.oauth.ledger import Issued, LedgerConfig
from ledger_rig import REDIRECT, VERIFIER, LedgerRig, challenge_of
from virtual_time import VirtualTimeLoop

T = TypeVar("T")
CONFIG = LedgerConfig(code_s=60, access_s=100, refresh_s=300, family_s=1000)
USERS = st.sampled_from(["user:ada", "user:bob"])
CLIENTS = st.sampled_from(["one", "two"])


@dataclass(eq=False)
class Consent:
    """What the model knows of one grant; `ended` is when and in which process somebody ended it."""

    grant: Grant
    ends_at: float
    until: float
    ended: tuple[float, int] | None = None


@dataclass(eq=False)
class Held:
    """A code or a refresh token, as somebody holds it."""

    text: str
    consent: Consent
    is_spent: bool = False
    until: float = 0.0


@dataclass(eq=False)
class Opens:
    """An access token."""

    text: str
    consent: Consent
    until: float


class LedgerMachine(RuleBasedStateMachine):
    """A ledger beside a model of it, in two processes that take turns."""

    codes = Bundle("codes")
    refresh_tokens = Bundle("refresh_tokens")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualTimeLoop)
        self.rig = LedgerRig(CONFIG)
        self.ledgers = [self.rig.ledger, self.rig.another_process()]
        self.consents: list[Consent] = []
        self.access: list[Opens] = []

    def do(self, work: Awaitable[T]) -> T:
        async def main() -> T:
            return await work

        return self.runner.run(main())

    def attempt(self, work: Awaitable[Issued]) -> Issued | str:
        try:
            return self.do(work)
        except OAuthError as error:
            return error.code

    def end(self, consent: Consent, which: int) -> None:
        if consent.ended is None:
            consent.ended = (self.rig.now, which)

    def alive(self, consent: Consent) -> bool:
        return consent.ended is None and self.rig.now < consent.until

    def took(self, consent: Consent, issued: Issued) -> Held:
        now = self.rig.now
        consent.until = min(now + CONFIG.refresh_s, consent.ends_at)
        until = min(now + CONFIG.access_s, consent.until)
        self.access.append(Opens(issued.access_token, consent, until))
        return Held(issued.refresh_token, consent)

    @rule(target=codes, user=USERS, client=CLIENTS)
    def consents_to(self, user: str, client: str) -> Held:
        grant = self.rig.grant(user, client)
        text = self.do(self.ledgers[0].mint_code(grant, redirect_uri=REDIRECT, challenge=challenge_of(VERIFIER)))
        now = self.rig.now
        consent = Consent(grant, ends_at=now + CONFIG.family_s, until=now + CONFIG.code_s + 60)
        self.consents.append(consent)
        return Held(text, consent, until=now + CONFIG.code_s)

    @rule(target=refresh_tokens, code=codes, client=CLIENTS, is_right=st.booleans(), which=st.integers(0, 1))
    def redeems(self, code: Held, client: str, is_right: bool, which: int) -> object:  # noqa: FBT001 - hypothesis
        consent = code.consent
        result = self.attempt(
            self.ledgers[which].redeem(
                code.text,
                client_id=client,
                redirect_uri=REDIRECT,
                verifier=VERIFIER if is_right else "w" * 43,
                audience=None,
            )
        )
        fits = is_right and client == consent.grant.client_id
        should = fits and not code.is_spent and self.alive(consent) and self.rig.now < code.until
        if should:
            assert isinstance(result, Issued)
            code.is_spent, code.until = True, self.rig.now + CONFIG.code_s + 60
            return self.took(consent, result)
        assert result == "invalid_grant"
        # A spent one is forgotten after a while, when nothing comes of it any more.
        if self.rig.now < code.until:
            if not code.is_spent:
                code.is_spent, code.until = True, self.rig.now + CONFIG.code_s + 60
            self.end(consent, which)
        return multiple()

    @rule(target=refresh_tokens, token=refresh_tokens, client=CLIENTS, which=st.integers(0, 1))
    def refreshes(self, token: Held, client: str, which: int) -> object:
        consent = token.consent
        result = self.attempt(
            self.ledgers[which].refresh(token.text, client_id=client, scopes=None, audience=None)
        )
        if not token.is_spent and client == consent.grant.client_id and self.alive(consent):
            assert isinstance(result, Issued)
            token.is_spent = True
            return self.took(consent, result)
        assert result == "invalid_grant"
        if token.is_spent:
            self.end(consent, which)
        return multiple()

    @rule(token=refresh_tokens, client=CLIENTS, which=st.integers(0, 1))
    def revokes(self, token: Held, client: str, which: int) -> None:
        self.do(self.ledgers[which].revoke(token.text, client_id=client))
        if client == token.consent.grant.client_id:
            self.end(token.consent, which)

    @rule(user=USERS, which=st.integers(0, 1))
    def leaves(self, user: str, which: int) -> None:
        self.do(self.ledgers[which].end_principal(user))
        for consent in self.consents:
            if consent.grant.principal_id == user:
                self.end(consent, which)

    @rule(seconds=st.sampled_from([1, 5, 30, 60, 99, 100, 250, 700]))
    def passes(self, seconds: int) -> None:
        self.rig.now += seconds

    @invariant()
    def an_access_token_is_good_if_and_only_if_it_and_its_family_live(self) -> None:
        for one in self.access:
            good = self.alive(one.consent) and self.rig.now < one.until
            for which, ledger in enumerate(self.ledgers):
                if ledger.recall(one.text) is not None:
                    assert good or self.may_not_know(one.consent, which)
                assert (self.do(ledger.check(one.text)) is not None) == good

    def may_not_know(self, consent: Consent, which: int) -> bool:
        """Whether a process need not know yet that a consent was ended."""
        return consent.ended is not None and consent.ended[1] != which and self.rig.now < consent.ended[0] + 5

    def teardown(self) -> None:
        self.runner.close()


def test_any_sequence_keeps_to_the_model() -> None:
    run_state_machine_as_test(
        LedgerMachine, settings=settings(max_examples=100, stateful_step_count=30, deadline=None)
    )
