"""Copies of the emulator: forked processes with the same state, each on a port of its own."""

import os
import select
import socket
import threading
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from state import STATE

# A copy ends when this pipe's other end closes, that is with the process that made it.
_alive: list[int] = []


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        """Requests are recorded, not logged."""


def listen() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener


def endpoint(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def serve(application: Any, listener: socket.socket, alive: int) -> None:
    """Serves until the descriptor given is at its end; does not return."""
    threading.Thread(target=_end_with, args=(alive,), daemon=True).start()
    host, port = listener.getsockname()
    server = make_server(host, port, application, threaded=True, request_handler=Quiet, fd=listener.fileno())
    # Nobody calls shutdown, so there is nothing to poll for.
    server.serve_forever(poll_interval=3600)


def fork(gateway: Any) -> str:
    """To be called with the gateway's lock held. Returns the copy's endpoint."""
    listener = listen()
    theirs, ours = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _become_copy(gateway, listener, theirs)
        finally:
            os._exit(1)
    os.close(theirs)
    _alive.append(ours)
    address = endpoint(listener)
    listener.close()
    return address


def _become_copy(gateway: Any, listener: socket.socket, alive: int) -> None:
    kept = {2, listener.fileno(), alive}
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            try:
                os.close(int(name))
            except OSError:
                continue  # the listing's own descriptor
    _alive.clear()
    STATE.snapshots.clear()
    STATE.snapshot_each_change = False
    STATE.kill = None
    gateway.lock = threading.Lock()
    serve(gateway, listener, alive)


def _end_with(descriptor: int) -> None:
    while os.read(descriptor, 4096):
        pass
    os._exit(0)


def wait_for_hangup(environ: dict[str, Any], seconds: float = 30) -> None:
    """A killed client must not get its answer, nor a closed connection that it would try again."""
    client = environ.get("werkzeug.socket")
    if client is not None:
        select.select([client], [], [], seconds)
