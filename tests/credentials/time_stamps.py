"""A time-stamp authority (RFC 3161) on the loopback address: OpenSSL answers."""

from __future__ import annotations

import datetime as dt
import http.server
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from octarine.credentials.certificates import _builder, _new_key, issue_root

TIME_STAMPING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.8")
CONFIGURATION = """
[tsa]
default_tsa = ours
[ours]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/tsa-root.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
other_policies = 1.2.3.4
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


@contextmanager
def authority(folder: Path) -> Iterator[str]:
    """Its address; its root is ``tsa-root.pem`` in ``folder``."""
    _prepare(folder)

    class Answer(http.server.BaseHTTPRequestHandler):
        def _answer(self):
            (folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            command = [
                "openssl",
                "ts",
                "-reply",
                "-queryfile",
                "query",
                "-config",
                "tsa.cnf",
                "-out",
                "reply",
            ]
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            reply = (folder / "reply").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        do_POST = _answer  # noqa: N815

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}/"
        listening.shutdown()
        thread.join()


def _prepare(folder: Path) -> None:
    root, key, now, day = issue_root(), _new_key(), dt.datetime.now(dt.UTC), dt.timedelta(days=1)
    built = _builder("Time stamps", "Test root", key, root.key, now - day, now + day, authority=False)
    built = built.add_extension(x509.ExtendedKeyUsage([TIME_STAMPING]), critical=True)
    (folder / "tsa.pem").write_bytes(built.sign(root.key, SHA256()).public_bytes(Encoding.PEM))
    (folder / "tsa-root.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "tsa.key").write_bytes(secret)
    (folder / "serial").write_text("01")
    (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
