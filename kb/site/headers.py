"""Security headers: strict on our own pages, laxer only where Datasette's own pages need it."""

import re

#: Our pages load one stylesheet and nothing else: no script, no other host.
STRICT = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: Datasette's own pages carry inline scripts and styles.
STOCK = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
STOCK_PATHS = re.compile(r"/(kb|kb[./].*|-/.*)")
ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
#: The headers of an answer, by its policy.
ADDED = {policy: [*ALWAYS, (b"content-security-policy", policy.encode())] for policy in (STRICT, STOCK)}
NAMES = {name for name, _ in ADDED[STRICT]}


class SecurityHeaders:
    """ASGI middleware that adds the headers to every answer."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        added = ADDED[STOCK if STOCK_PATHS.fullmatch(scope["path"]) else STRICT]

        async def with_headers(message):
            if message["type"] == "http.response.start":
                kept = [(name, value) for name, value in message.get("headers", []) if name.lower() not in NAMES]
                message = {**message, "headers": [*kept, *added]}
            await send(message)

        await self.app(scope, receive, with_headers)
