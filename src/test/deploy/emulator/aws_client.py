# The `aws` of the tests: hands arguments, environment, directory and descriptors to the waiting
# server, and ends as the call ended. Imports next to nothing, since it is started for every call.
import _signal
import _socket
import array
import marshal
import os
import sys


def main():
    server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        server.connect(os.path.join(os.path.dirname(os.path.abspath(__file__)), "aws.sock"))
    except OSError as error:
        sys.stderr.write(f"aws: the pre-forked command line is not running ({error}): use with-emulator\n")
        return 253
    request = marshal.dumps((sys.argv[1:], dict(os.environ), os.getcwd(), os.getpgrp()))
    descriptors = array.array("i", [0, 1, 2])
    server.sendmsg([len(request).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, descriptors)])
    server.sendall(request)
    child = int.from_bytes(_receive(server, 4), "big")

    def forward(number, _):
        try:
            os.kill(child, number)
        except ProcessLookupError:
            pass

    for number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGQUIT):
        _signal.signal(number, forward)
    status = int.from_bytes(_receive(server, 4), "big", signed=True)
    if status < 0:
        # As if the signal had hit this process.
        _signal.signal(-status, _signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


def _receive(server, length):
    received = b""
    while len(received) < length:
        part = server.recv(length - len(received))
        if not part:
            sys.stderr.write("aws: the pre-forked command line ended\n")
            os._exit(253)
        received += part
    return received


sys.exit(main())
