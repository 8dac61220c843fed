"""A witness of the tests' own, over HTTP: by C2SP tlog-witness and tlog-cosignature alone, with nothing of ours."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.domain.ledger.auditor import roots_by_proof, signed_tree

Answer: TypeAlias = tuple[int, str, bytes]
"""Status, media type and body."""
PREFIX = "/here/it/is"
SECOND = 1_767_600_000
EMPTY = sha256().digest()


@dataclass
class OwnWitness:
    """A witness of one log. What it ``lies`` is answered in the place of what is right, which it is given."""

    log_key: str
    name: str = "witness.example/w1"
    seed: bytes = bytes(range(3, 35))
    size: int = 0
    root: bytes = EMPTY
    seconds: int = SECOND
    asked: list[tuple[int, int]] = field(default_factory=list)
    lies: Callable[["OwnWitness", str, Answer], Answer] = lambda _witness, _note, answer: answer
    came: Event = field(default_factory=Event)
    lock: Any = field(default_factory=Lock)

    @property
    def public(self) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n\x04" + self.public).digest()[:4]

    @property
    def key(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(bytes([4]) + self.public).decode()}"

    def line(self, text: str) -> bytes:
        """Its cosignature of a text, as a line."""
        signed = f"cosignature/v1\ntime {self.seconds}\n{text}".encode()
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(signed)
        encoded = b64encode(self.id + self.seconds.to_bytes(8) + signature).decode()
        return f"\N{EM DASH} {self.name} {encoded}\n".encode()

    def answer(self, body: bytes) -> Answer:
        """What it answers to a submission."""
        head, _, note = body.decode().partition("\n\n")
        first, *proof = head.split("\n")
        verb, old = first.split(" ")
        assert verb == "old"
        assert str(int(old)) == old
        with self.lock:
            right = self._checked(int(old), [b64decode(each, validate=True) for each in proof], note)
        return self.lies(self, note, right)

    def _checked(self, old: int, proof: list[bytes], note: str) -> Answer:
        assert len(proof) <= 63
        if note.partition("\n")[0] != self.log_key.partition("+")[0]:
            return 404, "text/plain", b""
        try:
            _, size, root = signed_tree(note.encode(), self.log_key)
        except (ValueError, InvalidSignature):
            return 403, "text/plain", b""
        self.asked.append((old, size))
        if old > size:
            return 400, "text/plain", b""
        if old != self.size:
            return 409, "text/x.tlog.size", f"{self.size}\n".encode()
        if not self._is_consistent(size, root, proof):
            return 422, "text/plain", b""
        self.size, self.root = size, root
        return 200, "text/plain", self.line(note.rpartition("\n\n")[0] + "\n")

    def _is_consistent(self, size: int, root: bytes, proof: list[bytes]) -> bool:
        if self.size in {0, size}:
            return not proof and (self.size == 0 or root == self.root)
        # A tree of a power of two leaves has its own root for the first hash of the path, which is not sent.
        try:
            return roots_by_proof(self.size, size, proof, self.root) == (self.root, root)
        except (AssertionError, IndexError, ValueError):
            return False


@contextmanager
def witnessing(witness: OwnWitness) -> Iterator[int]:
    """The port that a witness listens on."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            witness.came.set()
            right = self.path == f"{PREFIX}/add-checkpoint"
            status, kind, answer = witness.answer(body) if right else (404, "text/plain", b"")
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            if status == 301:
                self.send_header("Location", f"{PREFIX}/add-checkpoint")
            self.end_headers()
            self.wfile.write(answer)

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:  # noqa: ANN401 - as it is inherited
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
