"""IAM and STS: names within their limits, the caller's real name, and policy simulation."""

from typing import Any

from moto.iam.models import iam_backends

import policies
from calls import Call
from rules import Fault, before
from state import ACCOUNT

LIMITS = {
    ("iam", "CreateRole", "RoleName"): 64,
    ("iam", "CreateInstanceProfile", "InstanceProfileName"): 128,
    ("iam", "CreatePolicy", "PolicyName"): 128,
    ("iam", "PutRolePolicy", "PolicyName"): 128,
    ("autoscaling", "CreateAutoScalingGroup", "AutoScalingGroupName"): 255,
    ("ec2", "CreateLaunchTemplate", "LaunchTemplateName"): 128,
    ("ec2", "CreateSecurityGroup", "GroupName"): 255,
    ("sns", "CreateTopic", "Name"): 256,
    ("cloudwatch", "PutMetricAlarm", "AlarmName"): 255,
}


def _limit(service: str, action: str, member: str, most: int) -> None:
    @before(service, action)
    def check(_: Any, call: Call) -> None:
        value = call.params.get(member, "")
        if len(value) > most:
            code = "InvalidParameterValue" if service == "ec2" else "ValidationError"
            raise Fault(
                code,
                f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
                f"Member must have length less than or equal to {most}",
            )


for (_service, _action, _member), _most in LIMITS.items():
    _limit(_service, _action, _member, _most)


@before("iam", "DeletePolicy")
def delete_policy(_: Any, call: Call) -> None:
    iam = iam_backends[ACCOUNT]["aws"]
    policy = iam.managed_policies.get(call.params["PolicyArn"])
    if policy is None:
        return
    if policy.attachment_count > 0:
        raise Fault("DeleteConflict", "Cannot delete a policy attached to entities.", 409)
    if len(policy.versions) > 1:
        raise Fault(
            "DeleteConflict",
            "This policy has more than one version. Before you delete a policy, you must delete the policy's "
            "versions.",
            409,
        )


@before("sts", "GetCallerIdentity")
def caller(_: Any, call: Call) -> dict[str, Any] | None:
    if call.principal is None:
        return None
    return {"UserId": call.request.access_key, "Account": ACCOUNT, "Arn": call.principal}


@before("iam", "SimulatePrincipalPolicy")
def simulate(_: Any, call: Call) -> dict[str, Any]:
    documents = _documents(call.params["PolicySourceArn"])
    context = {entry["ContextKeyName"]: entry["ContextKeyValues"] for entry in call.params.get("ContextEntries", [])}
    results = []
    for action in call.params["ActionNames"]:
        for resource in call.params.get("ResourceArns", ["*"]):
            verdicts = [policies.evaluate(document, action, resource, context) for document in documents]
            decision = "explicitDeny" if "Deny" in verdicts else "allowed" if "Allow" in verdicts else "implicitDeny"
            results.append({"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision})
    return {"EvaluationResults": results, "IsTruncated": False}


def _documents(arn: str) -> list[str]:
    iam, kind, name = iam_backends[ACCOUNT]["aws"], *arn.split(":", 5)[5].rsplit("/", 1)
    if kind == "root" or arn.endswith(":root"):
        return ['{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}']
    try:
        entity = iam.get_role(name) if kind.startswith("role") else iam.get_user(name)
    except Exception as error:
        raise Fault("NoSuchEntity", f"The entity {arn} was not found.", 404) from error
    inline = entity.policies
    documents = [p["policy_document"] for p in inline] if isinstance(inline, list) else list(inline.values())
    return documents + [next(v.document for v in p.versions if v.is_default) for p in entity.managed_policies.values()]
