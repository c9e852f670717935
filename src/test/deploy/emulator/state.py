"""What the emulator remembers beside moto's backends. A fork takes a copy of all of it along."""

from dataclasses import dataclass, field
from typing import Any

ACCOUNT = "123456789012"


@dataclass
class State:
    calls: list[dict[str, Any]] = field(default_factory=list)
    snapshots: list[dict[str, Any]] = field(default_factory=list)
    snapshot_each_change: bool = False
    # Failures to inject: action, code, times, and optionally message and status; or an answer that says of itself what failed.
    failures: list[dict[str, Any]] = field(default_factory=list)
    # {"left": changes until the kill, "pgid": process group} or None.
    kill: dict[str, int] | None = None
    stopping: bool = False
    enforce_iam: bool = False
    expired_credentials: bool = False
    # "successful" or "failed": the next instance refreshes' fate.
    refresh_outcome: str = "successful"
    # How the boots to come go, by version of the launch template: "good", "failing" or "hung" each.
    boots: dict[str, list[str]] = field(default_factory=dict)
    # How many describes a launch waits for an instance that says nothing.
    hook_steps: int = 6
    # What validates a certificate: "records" of public zones here; "elsewhere", which is beyond our sight and always right;
    # "never"; or "failed": ACM refuses to.
    validation: str = "records"
    # Why nothing can be launched, or "".
    launch_failure: str = ""
    # True: every target is unhealthy; or a list of target ids.
    unhealthy_targets: Any = False
    # Answers to the health checks to come, by instance id: a status each, and the last one for good.
    health_checks: dict[str, list[int]] = field(default_factory=dict)
    # How many describes a resource stays in a state of transition.
    steps: int = 2
    # Steps left in transition, by (kind, id).
    transitions: dict[tuple[str, str], int] = field(default_factory=dict)
    # What moto does not keep of the accepted parameters, by (kind, id).
    extras: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    # Interfaces that a deleted load balancer leaves behind for a while.
    lingering: list[dict[str, Any]] = field(default_factory=list)
    refreshes: list[dict[str, Any]] = field(default_factory=list)
    activities: list[dict[str, Any]] = field(default_factory=list)

    def extra(self, kind: str, name: str) -> dict[str, Any]:
        return self.extras.setdefault((kind, name), {})

    def step(self, kind: str, name: str) -> int:
        """Counts one describe and tells how many steps are left before it."""
        left = self.transitions.get((kind, name), 0)
        if left > 1:
            self.transitions[kind, name] = left - 1
        else:
            self.transitions.pop((kind, name), None)
        return left


STATE = State()
