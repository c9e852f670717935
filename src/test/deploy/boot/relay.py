"""Passes connections to all addresses of this network namespace on to one port of its loopback: relay.py PORT TARGET_PORT"""

import asyncio
import sys


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        to = await asyncio.open_connection("127.0.0.1", int(sys.argv[2]))
        await asyncio.gather(pump(reader, to[1]), pump(to[0], writer))
        to[1].close()
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(relay, "0.0.0.0", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
