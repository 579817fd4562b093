"""Why a sign-in did not come about, in words for people and in those of the protocol."""

from dataclasses import dataclass
from typing import Final, Self

from gateway.errors import ForbiddenError, SignInRefusedError, SpotifyError, ThrottledError


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A sign-in that failed.

    Attributes:
        code: Error code of RFC 6749, for a client.
        title: What happened.
        advice: Why, and what to do.
        status: HTTP status of a page about it.
        to_be_read: Whether people have to know it before they go back to their program.
        retry_after_s: Seconds after which it is worth another try, if that is known.
    """

    code: str
    title: str
    advice: str
    status: int
    to_be_read: bool = False
    retry_after_s: float | None = None

    @classmethod
    def said(cls, error: str) -> Self:
        """Return what Spotify means by `error` on the way back."""
        if error == "access_denied":
            return cls(
                code="access_denied",
                title="Nothing was allowed",
                advice="At Spotify you did not agree, so nothing has changed.",
                status=400,
            )
        return cls(
            code="temporarily_unavailable",
            title="Spotify could not sign you in",
            advice="Spotify did not say more. Try again in a minute.",
            status=502,
        )

    @classmethod
    def of(cls, error: SpotifyError) -> Self:
        """Return what `error` means for somebody who signs in."""
        match error:
            case ForbiddenError():
                return cls(
                    code="access_denied",
                    title="Spotify does not let this account in",
                    advice=_LIST,
                    status=403,
                    to_be_read=True,
                )
            case ThrottledError():
                title, status = "Too busy right now", error.status
            case SignInRefusedError():
                title, status = "Spotify did not take the sign-in", 400
            case _:
                title, status = "Not available right now", 503
        return cls(
            code="temporarily_unavailable",
            title=title,
            advice=error.message,
            status=status,
            to_be_read=True,
            retry_after_s=error.retry_after_s,
        )


NOTHING_GRANTED: Final = Failure(
    code="access_denied",
    title="Nothing was allowed",
    advice="Spotify granted none of what was asked for, so nothing has changed.",
    status=400,
)

_LIST: Final = (
    "You are signed in, but Spotify refuses the account. Most often the Spotify app of this gateway takes only "
    "people whom its owner has listed. Ask whoever runs this gateway to add the e-mail address of your Spotify "
    "account under User Management, at developer.spotify.com/dashboard; then start again."
)
