"""Which answers a script on another site may read: everything but pages for people, none of which is anybody's own.

Nobody has an account here and no cookie is read (kb/site/guard.py), so that reading in somebody's name is not a thing.
https://fetch.spec.whatwg.org/#http-cors-protocol
"""

#: What a script sees of an answer's headers beyond the few it always sees.
EXPOSED = b"ETag, Link, Retry-After"
#: A browser asks first before it sends conditional headers; it may remember the answer for a day. Drafts to check are
#: taken from nobody else's page, so POST is not among the methods.
PREFLIGHT = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"If-None-Match"),
    (b"access-control-max-age", b"86400"),
    (b"content-length", b"0"),
]
READABLE = [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", EXPOSED)]
NAMES = {name for name, _ in READABLE}


class CrossOrigin:
    """ASGI middleware: answers the question before a request, and marks what is no HTML page as open to all."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["method"] == "OPTIONS" and any(
            n.lower() == b"access-control-request-method" for n, _ in scope["headers"]
        ):
            await send({"type": "http.response.start", "status": 204, "headers": PREFLIGHT})
            return await send({"type": "http.response.body", "body": b""})

        async def marked(message):
            if message["type"] == "http.response.start" and not _is_page(message.get("headers", [])):
                kept = [(name, value) for name, value in message.get("headers", []) if name.lower() not in NAMES]
                message = {**message, "headers": [*kept, *READABLE]}
            await send(message)

        await self.app(scope, receive, marked)


def _is_page(headers) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in headers)
