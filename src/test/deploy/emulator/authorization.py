"""Who calls, and whether the policies let them. Bucket policies always count, identity policies once IAM is on."""

import re
from typing import Any

from moto.iam.access_control import CreateAccessKeyFailure, PermissionResult, create_access_key
from moto.iam.models import Policy
from moto.s3.models import FakeBucket, s3_backends

import dependents
import policies
import resources
import signatures
from calls import Call
from rules import Fault
from state import ACCOUNT, STATE

# The account's root user: everything is allowed to it, except what a bucket policy denies.
ROOT_KEY, ROOT_SECRET = "AKIAEMULATORROOT", "root-secret"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"

# moto's own evaluation is blind to conditions, and so refuses every put.
FakeBucket.get_permission = lambda *_: PermissionResult.PERMITTED


def authenticate(call: Call) -> None:
    request = call.request
    token = request.headers.get("x-amz-security-token", "")
    if STATE.expired_credentials or token == "expired":
        raise _expired(call)
    if request.access_key is None:
        call.principal = "anonymous"
        return
    owner = _owner(call)
    if owner is None and request.access_key == ROOT_KEY or not STATE.enforce_iam and owner is None:
        call.principal = ROOT
        secret = ROOT_SECRET
    elif owner is None:
        raise _unknown_key(call)
    else:
        call.principal = owner.arn
        secret = owner.create_credentials().secret_key
    if STATE.enforce_iam and not signatures.valid(request, secret):
        raise _bad_signature(call)


def authorize(call: Call) -> None:
    needed = [*resources.needed(call), *dependents.needed(call)]
    call.needed = sorted({action for action, _, _ in needed})
    for action, resource, extra in needed:
        context = {**resources.context(call), **extra}
        if not _allowed(call, action, resource, context):
            raise _denied(call, action, resource)


def _allowed(call: Call, action: str, resource: str, context: dict[str, list[str]]) -> bool:
    verdicts = []
    bucket_policy = _bucket_policy(resource)
    if bucket_policy:
        verdicts.append(policies.evaluate(bucket_policy, action, resource, context, call.principal))
    if "Deny" in verdicts:
        return False
    if not STATE.enforce_iam or call.principal == ROOT or action == "sts:GetCallerIdentity":
        return True
    if call.principal != "anonymous":
        verdicts += [policies.evaluate(document, action, resource, context) for document in _documents(call)]
    return "Deny" not in verdicts and "Allow" in verdicts


def _owner(call: Call) -> Any:
    headers = {"X-Amz-Security-Token": token} if (token := call.request.headers.get("x-amz-security-token")) else {}
    try:
        return create_access_key(ACCOUNT, "aws", call.request.access_key, headers)
    except CreateAccessKeyFailure as failure:
        if failure.reason == "InvalidToken" and STATE.enforce_iam:
            raise _unknown_key(call) from failure
        return None


def _documents(call: Call) -> list[str]:
    documents = []
    for policy in _owner(call).collect_policies():
        if isinstance(policy, Policy):
            documents.append(next(v.document for v in policy.versions if v.is_default))
        elif isinstance(policy, dict):
            documents.append(policy["policy_document"])
        else:
            documents.append(policy)
    return documents


def _bucket_policy(resource: str) -> str | None:
    match = re.match("arn:aws:s3:::([^/*]+)", resource)
    bucket = match and s3_backends[ACCOUNT]["aws"].buckets.get(match[1])
    if not bucket or not bucket.policy:
        return None
    return bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy


def _expired(call: Call) -> Fault:
    message = "The security token included in the request is expired"
    if call.service == "ec2":
        return Fault("RequestExpired", "Request has expired.", 400)
    if call.service == "s3":
        return Fault("ExpiredToken", "The provided token has expired.", 400)
    if call.protocol == "json":
        return Fault("ExpiredTokenException", message, 400)
    return Fault("ExpiredToken", message, 403)


def _unknown_key(call: Call) -> Fault:
    if call.service == "ec2":
        return Fault("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    if call.service == "s3":
        return Fault(
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            403,
        )
    message = "The security token included in the request is invalid."
    if call.protocol == "json":
        return Fault("UnrecognizedClientException", message, 400)
    return Fault("InvalidClientTokenId", message, 403)


def _bad_signature(call: Call) -> Fault:
    if call.service == "ec2":
        return Fault("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    return Fault(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided.",
        403,
    )


def _denied(call: Call, action: str, resource: str) -> Fault:
    message = f"User: {call.principal} is not authorized to perform: {action} on resource: {resource}"
    if call.service == "ec2":
        return Fault(
            "UnauthorizedOperation",
            f"You are not authorized to perform this operation. {message}",
            403,
        )
    if call.service == "s3":
        return Fault("AccessDenied", message, 403)
    if call.protocol == "json":
        return Fault("AccessDeniedException", message, 400)
    return Fault("AccessDenied", message, 403)
