"""A warm AWS command line that forks a child for every call: aws_server.py SOCKET. Ends with its input."""

import array
import gc
import marshal
import os
import select
import signal
import socket
import sys
import time
from typing import Any

from awscli.clidriver import CLIDriver, create_clidriver
from botocore.client import ClientCreator
from botocore.exceptions import UnknownServiceError

# As commands; what they need is loaded once, for all calls.
SERVICES = "acm autoscaling cloudwatch ec2 elbv2 iam logs resourcegroupstaggingapi route53 s3api sns ssm sts".split()


class Calls:
    """The calls under way: child by client connection."""

    def __init__(self) -> None:
        self.children: dict[int, socket.socket] = {}

    def accept(self, listener: socket.socket, driver: CLIDriver) -> None:
        client, _ = listener.accept()
        header, control, _, _ = client.recvmsg(4, socket.CMSG_SPACE(3 * 4))
        descriptors = array.array("i", control[0][2]) if control else array.array("i")
        request = _receive(client, int.from_bytes(header, "big")) if len(header) == 4 else b""
        if not request or len(descriptors) != 3:
            client.close()
            return
        child = os.fork()
        if child == 0:
            _run(driver, list(descriptors), *marshal.loads(request))
        for descriptor in descriptors:
            os.close(descriptor)
        self.children[child] = client
        _send(client, child)

    def reap(self) -> None:
        while self.children:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                return
            client = self.children.pop(child)
            _send(client, os.waitstatus_to_exitcode(status))
            client.close()

    def hung_up(self, client: socket.socket) -> None:
        """The client was killed, so its call is too."""
        for child, connection in self.children.items():
            if connection is client:
                os.kill(child, signal.SIGKILL)


def main() -> None:
    driver = _warm()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(64)
    wakeup, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    gc.collect()
    gc.freeze()
    gc.disable()
    print("ready", flush=True)
    os.dup2(2, 1)
    calls = Calls()
    while True:
        clients = list(calls.children.values())
        ready, _, _ = select.select([0, wakeup, listener, *clients], [], [])
        if 0 in ready and not os.read(0, 4096):
            return
        if wakeup in ready:
            os.read(wakeup, 4096)
            calls.reap()
        if listener in ready:
            calls.accept(listener, driver)
        for client in clients:
            if client in ready and client in calls.children.values():
                calls.hung_up(client)


def _warm() -> CLIDriver:
    """The command line as it is before it looks at its arguments and at the environment."""
    # What it reads now it does not read again; callers have no files of their own.
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)
    os.environ.update(AWS_ACCESS_KEY_ID="-", AWS_SECRET_ACCESS_KEY="-", AWS_DEFAULT_REGION="eu-central-1")
    # A class of clients depends on its service only.
    create_class = ClientCreator._create_client_class
    classes: dict[str, type] = {}

    def create_class_once(creator: ClientCreator, service: str, model: Any) -> type:
        if service not in classes:
            classes[service] = create_class(creator, service, model)
        return classes[service]

    ClientCreator._create_client_class = create_class_once
    driver = create_clidriver()
    for service in SERVICES:
        command = driver._get_command_table()[service]
        _parse_with_one(command, command._create_parser())
        name = command._get_service_model().service_name
        client = driver.session.create_client(name)
        client.can_paginate(next(iter(client.meta.method_to_api_mapping)))
        try:
            driver.session.get_paginator_model(name)
        except UnknownServiceError:
            continue  # of one without pages
    _parse_with_one(driver, driver._create_parser(driver._get_command_table()))
    with open(os.devnull, "w") as nowhere:
        sys.stdout, real = nowhere, sys.stdout
        create_clidriver().main(["configure", "list"])
        sys.stdout = real
    driver.session._credentials = None
    return driver


def _parse_with_one(command: Any, parser: Any) -> None:
    command._create_parser = lambda *_: parser


def _run(driver: CLIDriver, descriptors: list[int], argv: list[str], environ: dict, directory: str, group: int) -> Any:
    status = 255
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
        os.closerange(3, 256)
        try:
            # In the caller's process group a signal to that group reaches the call, too.
            os.setpgid(0, group)
        except PermissionError:
            pass
        os.chdir(directory)
        os.environ.clear()
        os.environ.update(environ)
        for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))
        # The emulator's time passes by calls, so waiters and retries need not wait.
        sleep = time.sleep
        time.sleep = lambda seconds: sleep(min(seconds, 0.02))
        status = driver.main(argv)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:
        status = 1
    except BaseException as error:
        os.write(2, f"aws: {error!r}\n".encode())
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except OSError:
            status = status or 1
        os._exit(status or 0)


def _receive(client: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        part = client.recv(length - len(received))
        if not part:
            return b""
        received += part
    return received


def _send(client: socket.socket, number: int) -> None:
    try:
        client.sendall(number.to_bytes(4, "big", signed=True))
    except OSError:
        pass  # the client was killed, nobody waits


if __name__ == "__main__":
    main()
