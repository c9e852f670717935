"""The control interface under /strict/, and moto's switch for IAM."""

import json
from typing import Any

import dependents
import forks
import inventory
from rules import Fault
from state import STATE

SETTINGS = set(
    "enforce_iam expired_credentials refresh_outcome unhealthy_targets health_checks steps failures launch_failure boots "
    "hook_steps validation".split()
)


def concerns(request: Any) -> bool:
    return request.raw_path.startswith("/strict/") or request.raw_path == "/moto-api/reset-auth"


def handle(gateway: Any, request: Any) -> tuple[int, dict[str, str], bytes]:
    try:
        body = json.loads(request.body or b"{}")
        if request.raw_path == "/moto-api/reset-auth":
            STATE.enforce_iam = str(body) == "0"
            return _json({"enforce_iam": STATE.enforce_iam})
        name = request.raw_path.removeprefix("/strict/")
        if name not in HANDLERS:
            return _json({"error": f"no {name}; there is {', '.join(HANDLERS)}"}, 404)
        return _json(HANDLERS[name](gateway, body))
    except (ValueError, KeyError, TypeError, Fault) as error:
        return _json({"error": f"{type(error).__name__}: {error}"}, 400)


def _calls(_: Any, __: dict) -> Any:
    return STATE.calls


def _reset_calls(_: Any, __: dict) -> Any:
    STATE.calls.clear()
    return {}


def _dependents(_: Any, __: dict) -> Any:
    return [
        {"action": row.action, "dependent": row.dependent, "when": row.when, "page": row.page[0], "looked": row.page[1]}
        for rows in dependents.ROWS.values()
        for row in rows
    ]


def _config(_: Any, body: dict) -> Any:
    if "action" in body:
        STATE.failures.append({"times": 1, "code": "InternalFailure", **body})
        return {}
    unknown = set(body) - SETTINGS
    if unknown:
        raise ValueError(f"unknown settings {sorted(unknown)}; known are {sorted(SETTINGS)}")
    for key, value in body.items():
        setattr(STATE, key, value)
    return {}


def _inventory(gateway: Any, body: dict) -> Any:
    """Keys that match one of the patterns in "ignore", as in bucket/key, are left out."""
    return inventory.take(gateway, body.get("ignore", []))


def _kill(_: Any, body: dict) -> Any:
    STATE.kill = {"left": int(body["after"]), "pgid": int(body["pgid"])}
    if STATE.kill["left"] < 1 or STATE.kill["pgid"] < 2:
        raise ValueError("after and pgid must be positive, pgid above 1")
    return {}


def _fork(gateway: Any, _: dict) -> Any:
    return {"endpoint": forks.fork(gateway)}


def _snapshot(_: Any, body: dict) -> Any:
    if "on" in body:
        STATE.snapshot_each_change = bool(body["on"])
        if body["on"]:
            STATE.snapshots.clear()
    return STATE.snapshots


def _stop(_: Any, __: dict) -> Any:
    """Ends this process, once it has answered, and the copies made by it."""
    STATE.stopping = True
    return {}


HANDLERS = {
    "calls": _calls,
    "dependents": _dependents,
    "reset-calls": _reset_calls,
    "inventory": _inventory,
    "config": _config,
    "kill": _kill,
    "fork": _fork,
    "snapshot": _snapshot,
    "stop": _stop,
}


def _json(value: Any, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    text = json.dumps(value, indent=1, sort_keys=True, default=str) + "\n"
    return status, {"Content-Type": "application/json"}, text.encode()
