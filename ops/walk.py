"""What every way of people through a browser needs, by the settings."""

import time

from gateway.oauth.cookie import BrowserCookie
from gateway.oauth.spotify_leg import SpotifyLeg
from gateway.oauth.transaction import TransactionConfig, Transactions
from ops.accounts import new_secret
from ops.identity import Identity
from ops.settings import Settings


class Walk:
    """The parts that each step of such a way has to do with.

    Attributes:
        cookie: Ties it to one browser.
        transactions: Remember it from page to page.
        leg: The part of it that is Spotify's.
    """

    def __init__(self, settings: Settings, identity: Identity) -> None:
        issuer, config = settings.fermata_public_url, TransactionConfig()
        self.cookie = BrowserCookie(issuer, config.ttl_s)
        self.transactions = Transactions(
            identity.vault, self.cookie, config=config, wall_clock=time.time, secret=new_secret
        )
        self.leg = SpotifyLeg(identity.service, self.transactions, issuer=issuer, observer=identity.observer)
