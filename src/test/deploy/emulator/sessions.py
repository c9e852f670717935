"""Sessions of Systems Manager: begun only on instances that run, by documents that AWS has."""

from typing import Any

from moto.ec2.models import ec2_backends

from calls import Call
from rules import Fault, before
from state import ACCOUNT

SHELL = "SSM-SessionManagerRunShell"
# AWS's own, with the parameters that they take.
DOCUMENTS = {
    SHELL: set(),
    "AWS-StartNonInteractiveCommand": {"command"},
    "AWS-StartPortForwardingSession": {"portNumber", "localPortNumber"},
}


@before("ssm", "StartSession")
def start_session(_: Any, call: Call) -> dict[str, Any]:
    target, document = call.params["Target"], call.params.get("DocumentName", SHELL)
    instances = {i.id: i for r in ec2_backends[ACCOUNT][call.region].reservations.values() for i in r.instances}
    if target not in instances or instances[target].state != "running":
        raise Fault("TargetNotConnected", f"{target} is not connected.")
    unknown = set(call.params.get("Parameters", {})) - DOCUMENTS.get(document, set())
    if document not in DOCUMENTS or unknown:
        raise Fault("InvalidDocument", f"There is no document {document} with {sorted(unknown)}")
    return {"SessionId": "ops-0123456789abcdef0", "TokenValue": "token", "StreamUrl": "wss://127.0.0.1/"}
