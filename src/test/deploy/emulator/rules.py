"""Where the modules register what they do to a call: before moto sees it, instead of moto, after it."""

from collections import defaultdict
from collections.abc import Callable

BEFORE: dict[tuple[str, str], list[Callable]] = defaultdict(list)
AFTER: dict[tuple[str, str], list[Callable]] = defaultdict(list)


class Fault(Exception):
    """An error answer as AWS gives it."""

    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def before(service: str, *actions: str) -> Callable:
    """The function gets the call. It may raise a Fault; a result it returns is the answer, without moto."""
    return _registering(BEFORE, service, actions)


def after(service: str, *actions: str) -> Callable:
    """The function gets the call and moto's result, which it may edit. Only for calls that succeeded."""
    return _registering(AFTER, service, actions)


def _registering(table: dict, service: str, actions: tuple[str, ...]) -> Callable:
    def register(function: Callable) -> Callable:
        for action in actions:
            table[service, action].append(function)
        return function

    return register
