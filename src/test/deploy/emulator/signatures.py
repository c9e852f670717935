"""Verifies Signature Version 4 on the request as it came over the wire."""

import hashlib
import hmac
import re
from typing import Any
from urllib.parse import parse_qsl, quote


def valid(request: Any, secret: str) -> bool:
    authorization = request.headers.get("authorization", "")
    signed = re.search("SignedHeaders=([^,]+)", authorization)
    signature = re.search("Signature=([0-9a-f]+)", authorization)
    if not signed or not signature:
        return False
    names = signed[1].split(";")
    canonical = "\n".join(
        [
            request.method,
            _path(request),
            "&".join(f"{_quote(k)}={_quote(v)}" for k, v in sorted(parse_qsl(request.query, keep_blank_values=True))),
            *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in names),
            "",
            signed[1],
            request.headers.get("x-amz-content-sha256") or hashlib.sha256(request.body).hexdigest(),
        ]
    )
    scope = f"{request.date}/{request.region}/{request.signing}/aws4_request"
    moment = request.headers.get("x-amz-date", "")
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), signature[1])


def _path(request: Any) -> str:
    # S3 signs the path as sent, everyone else encodes it once more.
    return request.raw_path if request.signing == "s3" else quote(request.raw_path, safe="/~")


def _quote(text: str) -> str:
    return quote(text, safe="-_.~")
