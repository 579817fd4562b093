"""The floor: an aiohttp application that answers as many bytes as it is told to, and does nothing else."""

import asyncio
import sys

import uvloop
from aiohttp import web


async def main() -> None:
    """Serve until killed."""
    body = b"x" * int(sys.argv[1])

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}/\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
