"""Tells which S3 operation a request is, by botocore's model, and which IAM action that needs."""

import re
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from moto.core.utils import get_service_model

# Operations that share method and path with another one, and the header that tells them apart.
BY_HEADER = {"CopyObject": "x-amz-copy-source", "UploadPartCopy": "x-amz-copy-source"}
# Operations whose distinguishing query parameter is none of the fixed part of the path.
BY_QUERY = {
    "UploadPart": {"partNumber", "uploadId"},
    "UploadPartCopy": {"partNumber", "uploadId"},
    "CompleteMultipartUpload": {"uploadId"},
    "AbortMultipartUpload": {"uploadId"},
    "ListParts": {"uploadId"},
}
# Retired twins of current operations, access points and directory buckets.
NOT_MEANT = re.compile(
    "^((Get|Put)BucketLifecycle|(Get|Put)BucketNotification|WriteGetObjectResponse|CreateSession|"
    "ListDirectoryBuckets|RenameObject)$"
)
# IAM actions that are not named like the operation.
IAM = {
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "DeleteObjects": "DeleteObject",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetBucketCors": "GetBucketCORS",
    "PutBucketCors": "PutBucketCORS",
    "DeleteBucketCors": "PutBucketCORS",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
}
VERSIONED = {"GetObject", "DeleteObject", "GetObjectTagging", "GetObjectAcl"}


@cache
def _operations() -> list[tuple[str, str, re.Pattern, dict[str, str]]]:
    found = []
    model = get_service_model("s3")
    for name in model.operation_names:
        if NOT_MEANT.match(name):
            continue
        operation = model.operation_model(name)
        http = operation.http
        path, _, fixed = http["requestUri"].partition("?")
        pattern = re.escape(path).replace(r"\{Bucket\}", "(?P<Bucket>[^/]+)").replace(r"\{Key\+\}", "(?P<Key>.+)")
        query = dict(parse_qsl(fixed, keep_blank_values=True))
        query.pop("x-id", None)
        query.update(dict.fromkeys(BY_QUERY.get(name, ()), ""))
        # An operation on one configuration of many is told by its id.
        if operation.input_shape and "Id" in operation.input_shape.required_members:
            query["id"] = ""
        pattern += "/?$" if path.count("/") == 1 else "$"
        found.append((name, http["method"], re.compile(pattern), query))
    # The most particular first.
    return sorted(found, key=lambda operation: (-len(operation[3]), operation[0] not in BY_HEADER))


def find(method: str, path: str, query: dict[str, str], headers: Any) -> tuple[str, dict[str, str]] | None:
    for name, wanted, pattern, fixed in _operations():
        match = pattern.match(path)
        if wanted != method or not match:
            continue
        if any(key not in query or (value and query[key] != value) for key, value in fixed.items()):
            continue
        if name in BY_HEADER and BY_HEADER[name] not in headers:
            continue
        return name, match.groupdict()
    return None


def iam_action(operation: str, params: dict[str, Any]) -> str:
    action = IAM.get(operation, operation)
    if params.get("VersionId") and action in VERSIONED:
        action = action.replace("Object", "ObjectVersion", 1)
    return f"s3:{action}"
