"""What keeps an instance from being in service: the hook of its group, and how its boot goes."""

import base64
from typing import Any

from state import STATE

LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"


def hook(group: Any) -> Any | None:
    for one in group.autoscaling_backend.lifecycle_hooks.values():
        if one.auto_scaling_group_name == group.name and one.lifecycle_transition == LAUNCHING:
            return one
    return None


def note_boot(state: Any, user_data: Any) -> None:
    """Nothing boots here: a version of the template may be told how its boots go, the last way for good."""
    ways = STATE.boots.get(state.template["Version"], ["good"])
    boot = ways.pop(0) if len(ways) > 1 else ways[0]
    tells = b"complete-lifecycle-action" in base64.b64decode(str(user_data or ""))
    STATE.extra("boot", state.instance.id).update(failing=boot == "failing", tells=tells and boot != "hung")


def failing(instance: str) -> bool:
    return STATE.extras.get(("boot", instance), {}).get("failing", False)


def wait(state: Any) -> None:
    """Until the instance tells how its boot went, at its next step, or its time is over."""
    state.lifecycle_state = "Pending:Wait"
    state.activity.update(StatusCode="MidLifecycleAction", Progress=60)
    if not STATE.extra("boot", state.instance.id)["tells"]:
        STATE.transitions["instance", state.instance.id] = STATE.hook_steps


def verdict(group: Any, state: Any) -> tuple[str, str]:
    """The result, and how it came about."""
    if not STATE.extra("boot", state.instance.id)["tells"]:
        made = hook(group)
        return (made.default_result if made else "CONTINUE"), "Heartbeat Timeout"
    result = "ABANDON" if failing(state.instance.id) else "CONTINUE"
    return result, f"Lifecycle Action Completed with {result} Result"
