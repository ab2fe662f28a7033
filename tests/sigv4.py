"""Signature Version 4 by hand: for requests that no SDK would sign, and for bench/, without SDK.

Follows AWS's "Create a signed AWS API request" and "Signature calculations for the Authorization
header: transferring a payload in multiple chunks".
"""

import datetime
import hashlib
import hmac
import urllib.parse

EMPTY = hashlib.sha256(b"").hexdigest()
STREAMING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
STREAMING_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
UNSIGNED = "UNSIGNED-PAYLOAD"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Signer:
    """Signs for one service with one pair of keys, at `now` or at the time of each call."""

    def __init__(self, credentials, service, region="us-east-1", now=None):
        self.access_key, self.secret = credentials
        self.service, self.region, self.now = service, region, now

    def moment(self):
        now = self.now or datetime.datetime.now(datetime.timezone.utc)
        return now.strftime("%Y%m%dT%H%M%SZ")

    def scope(self, date):
        return f"{date[:8]}/{self.region}/{self.service}/aws4_request"

    def signature(self, date, text):
        key = f"AWS4{self.secret}".encode()
        for part in self.scope(date).split("/"):
            key = mac(key, part)
        return mac(key, text).hex()

    def of_request(self, method, target, headers, date, payload):
        """Signature of a request whose path is percent-encoded as S3 has it (once)."""
        path, _, query = target.partition("?")
        pairs = sorted(pair if "=" in pair else pair + "=" for pair in query.split("&") if pair)
        names = sorted(headers)
        canonical = "\n".join([
            method, path, "&".join(pairs),
            "".join(f"{name}:{headers[name].strip()}\n" for name in names), ";".join(names),
            payload])
        return self.signature(date, "\n".join(
            ["AWS4-HMAC-SHA256", date, self.scope(date), sha256(canonical.encode())]))

    def sign(self, method, host, target, body=b"", headers=None, payload=None):
        """All headers to send, lower case; `payload` is what x-amz-content-sha256 says instead of
        the body's hash."""
        date = self.moment()
        payload = payload or sha256(body)
        signed = {"host": host, "x-amz-date": date,
                  **{name.lower(): value for name, value in (headers or {}).items()}}
        if self.service == "s3":
            signed["x-amz-content-sha256"] = payload
        signature = self.of_request(method, target, signed, date, payload)
        signed["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.access_key}/{self.scope(date)}, "
            f"SignedHeaders={';'.join(sorted(signed))}, Signature={signature}")
        return signed

    def presign(self, method, host, path, seconds=60, query=()):
        """The target of a URL that is good for `seconds`."""
        date = self.moment()
        parameters = [
            *query, ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", f"{self.access_key}/{self.scope(date)}"), ("X-Amz-Date", date),
            ("X-Amz-Expires", str(seconds)), ("X-Amz-SignedHeaders", "host")]
        text = "&".join(f"{urllib.parse.quote(name, safe='-_.~')}="
                        f"{urllib.parse.quote(value, safe='-_.~')}" for name, value in parameters)
        signature = self.of_request(method, f"{path}?{text}", {"host": host}, date, UNSIGNED)
        return f"{path}?{text}&X-Amz-Signature={signature}"

    def chunked(self, headers, chunks, trailer=None):
        """An aws-chunked body whose chunks continue from the signature in `headers`; `trailer` is
        (name, value)."""
        date, scope = headers["x-amz-date"], self.scope(headers["x-amz-date"])
        previous = headers["authorization"].rsplit("Signature=", 1)[1]
        body = b""
        for chunk in [*chunks, b""]:
            previous = self.signature(date, "\n".join(
                ["AWS4-HMAC-SHA256-PAYLOAD", date, scope, previous, EMPTY, sha256(chunk)]))
            body += b"%x;chunk-signature=%s\r\n%s" % (len(chunk), previous.encode(), chunk)
            if chunk:
                body += b"\r\n"
        if trailer:
            line = f"{trailer[0]}:{trailer[1]}\n"
            previous = self.signature(date, "\n".join(
                ["AWS4-HMAC-SHA256-TRAILER", date, scope, previous, sha256(line.encode())]))
            body += f"{trailer[0]}:{trailer[1]}\r\nx-amz-trailer-signature:{previous}\r\n".encode()
        return body + b"\r\n"
