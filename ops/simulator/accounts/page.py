"""What the user sees at `/authorize`: pages that run and load nothing, and in which all data is escaped."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from typing import Final

from aiohttp import web

from ops.simulator.people.scopes import WORDS
from ops.simulator.people.users import User

STYLE: Final = """
:root{color-scheme:light dark;--ink:#22304a;--soft:#5d6b85;--paper:#fff;--ground:#eaf0f8;--line:#cdd8e8;
--deed:#2f5fa8}
@media(prefers-color-scheme:dark){:root{--ink:#e4ebf7;--soft:#9fb0cb;--paper:#1c2638;--ground:#121a28;--line:#33425c;
--deed:#7fb0ff}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--ground);
color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{width:min(30rem,100%);background:var(--paper);border:1px solid var(--line);border-radius:1rem;padding:2rem}
.brand{display:inline-block;margin:0 0 1rem;padding:.15rem .7rem;border:1px dashed var(--soft);border-radius:1rem;
color:var(--soft);font-size:.85rem}
h1{margin:0 0 .25rem;font-size:1.4rem;line-height:1.25;overflow-wrap:anywhere}
h2,legend{font-size:1rem;font-weight:600;margin:1.25rem 0 .5rem;padding:0}
p{margin:.25rem 0;color:var(--soft)}
fieldset{border:0;margin:1.25rem 0 0;padding:0}
.users{max-height:16rem;overflow:auto;display:grid;gap:.4rem}
label{display:flex;align-items:center;gap:.75rem;padding:.5rem .8rem;border:1px solid var(--line);
border-radius:.6rem;cursor:pointer}
label:has(:checked){border-color:var(--deed)}
input{accent-color:var(--deed)}
small{margin-left:auto;color:var(--soft)}
ul{margin:0;padding-left:1.2rem}
li{margin:.35rem 0}
code{display:block;font-size:.8rem;color:var(--soft);overflow-wrap:anywhere}
.deeds{display:flex;gap:.75rem;margin-top:1.5rem}
button{flex:1;font:inherit;font-weight:600;padding:.65rem;border-radius:.6rem;border:1px solid var(--deed);
background:none;color:var(--deed);cursor:pointer}
button[value=agree]{background:var(--deed);color:var(--paper)}
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# No form-action: Chromium applies it to the redirects that follow the form too, and these go wherever the app and
# those behind it send their users. That nobody puts a form of his own here is what the escaping is for.
POLICY: Final = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
MISTAKEN: Final = (
    "The app that sent you here made a mistake, and cannot be told. You were not signed in. Its developer has to "
    "compare its client id and redirect URI with those that the simulator was started with."
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def consent_page(
    app_name: str, query: str, *, scopes: Iterable[str], users: Iterable[User], chosen: str
) -> web.Response:
    """The question whether a user agrees; its form goes with the same percent-encoded `query` that came."""
    rights = "".join(f"<li>{escape(WORDS[one])} <code>{escape(one)}</code></li>" for one in sorted(scopes))
    choices = "".join(_choice(user, checked=user.id == chosen) for user in users)
    return _page(
        f"{app_name} asks for access",
        "<p>A stand-in for tests: nobody here is real, and no password is needed.</p>"
        f'<form method="post" action="?{escape(query)}">'
        f'<fieldset><legend>Sign in as</legend><div class="users">{choices}</div></fieldset>'
        f"<h2>The app may then</h2><ul>{rights or '<li>See the public profile, and nothing more</li>'}</ul>"
        '<div class="deeds"><button name="decision" value="agree">Agree</button>'
        '<button name="decision" value="cancel">Cancel</button></div></form>',
    )


def error_page(words: str, *, advice: str = MISTAKEN) -> web.Response:
    """What keeps the browser from being sent back, and what to do about it."""
    return _page(
        words,
        f"<p>{escape(advice)}</p>",
        status=400,
    )


def _choice(user: User, *, checked: bool) -> str:
    state = "checked" if checked else ""
    return (
        f'<label><input type="radio" name="user" value="{escape(user.id)}" required {state}>'
        f"{escape(user.display_name)}<small>{escape(f'{user.id}, {user.product}, {user.country}')}</small></label>"
    )


def _page(title: str, body: str, *, status: int = 200) -> web.Response:
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} - Simulated Spotify</title><style>{STYLE}</style></head>"
        '<body><main><div class="brand">Simulated Spotify</div>'
        f"<h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return web.Response(text=text, content_type="text/html", status=status, headers=HEADERS)
