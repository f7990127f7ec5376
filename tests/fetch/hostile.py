"""Routes of a registry that lies or fails, and the paths they are put at."""

from __future__ import annotations

import gzip

from attest.fetch.layout import referrers_tag
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.fetch.helpers import REGO
from tests.fetch.server import REPOSITORY, Handler


def blob_path(content: bytes = REGO) -> str:
    return f"/v2/{REPOSITORY}/blobs/{Digest.of(content)}"


def manifest_path(reference: Reference) -> str:
    return f"/v2/{REPOSITORY}/manifests/{reference.digest}"


def referrers_path(reference: Reference) -> str:
    return f"/v2/{REPOSITORY}/referrers/{reference.digest}"


def tag_path(reference: Reference) -> str:
    assert reference.digest is not None
    return f"/v2/{REPOSITORY}/manifests/{referrers_tag(reference.digest)}"


def other_bytes(handler: Handler) -> None:
    handler.reply(200, REGO.upper())


def longer(handler: Handler) -> None:
    handler.reply(200, REGO + b" ")


def shorter(handler: Handler) -> None:
    handler.reply(200, REGO[:-1])


def endless(handler: Handler) -> None:
    handler.start(200)
    handler.drip(b"x" * 100_000, 0)


def endless_chunks(handler: Handler) -> None:
    handler.start(200, Transfer_Encoding="chunked")
    handler.drip(b"2\r\nxx\r\n" * 20_000, 0)


def compressed(handler: Handler) -> None:
    handler.reply(200, gzip.compress(REGO), Content_Encoding="gzip")


def truncated(handler: Handler) -> None:
    handler.start(200, Content_Length=str(len(REGO)))
    handler.wfile.write(REGO[:-2])
    handler.close_connection = True


def truncated_chunks(handler: Handler) -> None:
    handler.start(200, Transfer_Encoding="chunked")
    handler.wfile.write(b"20\r\nxx")
    handler.close_connection = True


def partial(handler: Handler) -> None:
    handler.reply(206, REGO)


def missing(handler: Handler) -> None:
    handler.reply(404, b"x" * 500)


def forbidden(handler: Handler) -> None:
    handler.reply(403)


def unauthorized(handler: Handler) -> None:
    handler.reply(401)


def broken(handler: Handler) -> None:
    handler.reply(500)


def silent(handler: Handler) -> None:
    handler.server.stopped.wait(5)


def hung_up(handler: Handler) -> None:
    handler.close_connection = True


def no_http(handler: Handler) -> None:
    handler.wfile.write(b"SSH-2.0-registry\r\n")
    handler.close_connection = True


def slow_body(handler: Handler) -> None:
    handler.start(200, Content_Length=str(len(REGO)))
    handler.drip(REGO, 0.2)


def slow_body_without_length(handler: Handler) -> None:
    handler.start(200, Connection="close")
    handler.drip(REGO, 0.2)
    handler.close_connection = True


def slow_head(handler: Handler) -> None:
    handler.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n", 0.05)


def loop(handler: Handler) -> None:
    handler.reply(307, Location=handler.path)


def to_metadata(handler: Handler) -> None:
    handler.reply(307, Location="http://169.254.169.254/latest/meta-data")


def to_plain_http(handler: Handler) -> None:
    handler.reply(307, Location="http://example.test/blob")


def to_a_file(handler: Handler) -> None:
    handler.reply(307, Location="file:///etc/passwd")


def to_nowhere(handler: Handler) -> None:
    handler.reply(307)
