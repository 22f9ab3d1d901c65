"""A server to be measured: `python -m bench.server KIND DATABASE` prints its port.

KIND is ours, afresh (ours, but no page is kept), stock or hello.
"""

import asyncio
import sys
from pathlib import Path

import uvicorn
from datasette.app import Datasette

from bench.measure import ROOT
from kb import serve, site


async def hello(scope, receive, send):
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


def _started(datasette: Datasette):
    asyncio.run(datasette.invoke_startup())
    return datasette.app()


def main(kind: str, database: str):
    if kind == "hello":
        app = hello
    elif kind == "stock":
        app = _started(Datasette([], immutables=[database]))
    else:
        if kind == "afresh":
            site.cacheable = lambda path, query: False
        app = _started(serve.datasette(Path(database), ROOT / "metadata.json"))
    listener = serve.listen("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    lifespan = "off" if kind == "hello" else "auto"
    uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan=lifespan)).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
