"""S3: names, public access, and what log delivery needs."""

import json
import re
from typing import Any

from moto.iam.models import iam_backends
from moto.s3.models import s3_backends

import policies
from calls import Call
from rules import Fault, after, before
from state import ACCOUNT

NAME = re.compile(r"^(?!xn--)(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"


@before("s3", "CreateBucket")
def create_bucket(_: Any, call: Call) -> None:
    if not NAME.match(call.params["Bucket"]):
        raise Fault("InvalidBucketName", "The specified bucket is not valid.")


@before("s3", "PutBucketPolicy")
def put_policy(_: Any, call: Call) -> None:
    bucket = s3_backends[ACCOUNT]["aws"].buckets.get(call.params["Bucket"])
    try:
        statements = policies.parse(call.request.body.decode())
    except (ValueError, KeyError) as error:
        raise Fault("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'") from error
    for statement in statements:
        _check_resources(statement, call.params["Bucket"])
        _check_principals(statement)
    block = bucket and bucket.public_access_block
    if block and str(block.block_public_policy).lower() == "true" and any(_public(s) for s in statements):
        raise Fault(
            "AccessDenied",
            "Access Denied: public policies are blocked by the BlockPublicPolicy block public access setting.",
            403,
        )


@after("s3", "GetBucketPolicy")
def policy_in_its_own_shape(_: Any, __: Call, result: dict[str, Any]) -> None:
    """S3 gives a policy back in an order of its own, and a list of one as its element."""
    document = json.loads(result["Policy"], object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    for statement in document["Statement"]:
        for key in ("Action", "Resource"):
            if isinstance(statement[key], list) and len(statement[key]) == 1:
                statement[key] = statement[key][0]
    result["Policy"] = json.dumps(document)


def _check_resources(statement: dict[str, Any], bucket: str) -> None:
    named = statement.get("Resource", [])
    for resource in named if isinstance(named, list) else [named]:
        if resource != f"arn:aws:s3:::{bucket}" and not resource.startswith(f"arn:aws:s3:::{bucket}/"):
            raise Fault("MalformedPolicy", "Policy has invalid resource")


def _check_principals(statement: dict[str, Any]) -> None:
    """Roles and users that a policy names must be there when it is put."""
    named = statement.get("Principal", {})
    named = named.get("AWS", []) if isinstance(named, dict) else []
    iam = iam_backends[ACCOUNT]["aws"]
    known = {role.arn for role in iam.roles.values()} | {user.arn for user in iam.users.values()}
    for arn in named if isinstance(named, list) else [named]:
        if re.match(f"arn:aws:iam::{ACCOUNT}:(role|user)/", arn) and arn not in known:
            raise Fault("MalformedPolicy", "Invalid principal in policy")


def _public(statement: dict[str, Any]) -> bool:
    anyone = statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
    return statement["Effect"] == "Allow" and anyone and not statement.get("Condition")


@after("s3", "GetBucketPolicyStatus")
def policy_status(_: Any, call: Call, result: dict[str, Any]) -> None:
    bucket = s3_backends[ACCOUNT]["aws"].buckets[call.params["Bucket"]]
    statements = policies.parse(bucket.policy.decode()) if bucket.policy else ()
    result["PolicyStatus"] = {"IsPublic": any(_public(statement) for statement in statements)}


@before("elbv2", "ModifyLoadBalancerAttributes")
def access_logs(_: Any, call: Call) -> None:
    """A balancer must be able to write where its logs shall go."""
    attributes = {a["Key"]: a.get("Value", "") for a in call.params["Attributes"]}
    if attributes.get("access_logs.s3.enabled") != "true":
        return
    name, prefix = attributes.get("access_logs.s3.bucket", ""), attributes.get("access_logs.s3.prefix", "")
    bucket = s3_backends[ACCOUNT]["aws"].buckets.get(name)
    key = "/".join(part for part in (prefix, "AWSLogs", ACCOUNT, "ELBAccessLogTestFile") if part)
    document = bucket.policy.decode() if bucket and bucket.policy else json.dumps({"Statement": []})
    context = {
        "aws:SecureTransport": ["true"],
        "aws:SourceAccount": [ACCOUNT],
        "aws:SourceArn": [call.params["LoadBalancerArn"]],
    }
    if policies.evaluate(document, "s3:PutObject", f"arn:aws:s3:::{name}/{key}", context, DELIVERY) != "Allow":
        raise Fault(
            "InvalidConfigurationRequest",
            f"Access Denied for bucket: {name}. Please check S3bucket permission",
        )
