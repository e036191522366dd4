"""Run by ``test_network.py`` in a process of its own, from which the kernel takes the right to open a socket:
the first attempt, by whatever library, ends the process."""

from __future__ import annotations

import ctypes
import platform
import sys
from pathlib import Path

_SOCKET = {"x86_64": 41, "aarch64": 198}[platform.machine()]
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_KILL, _ALLOW = 0x80000000, 0x7FFF0000
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2


class Instruction(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_ushort),
        ("jt", ctypes.c_ubyte),
        ("jf", ctypes.c_ubyte),
        ("k", ctypes.c_uint32),
    ]


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.POINTER(Instruction))]


def forbid_sockets() -> None:
    """A filter of system calls (seccomp), which threads that are made later inherit."""
    steps = (Instruction * 4)(
        Instruction(_LOAD, 0, 0, 0),
        Instruction(_JUMP_IF_EQUAL, 0, 1, _SOCKET),
        Instruction(_RETURN, 0, 0, _KILL),
        Instruction(_RETURN, 0, 0, _ALLOW),
    )
    libc = ctypes.CDLL(None, use_errno=True)
    program = Program(len(steps), steps)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(_SECCOMP, _FILTER, ctypes.byref(program)):
        print("no filter here")
        sys.exit(77)


def main(folder: Path, task: str) -> None:
    forbid_sockets()
    if task == "socket":
        import socket

        socket.socket()
        return
    from octarine.credentials import Signer, State, Statement, TrustList, make_test_certificates, sign, verify

    made = make_test_certificates(folder / "certificates")
    signer, trust = Signer.read(made.chain, made.key), TrustList.read(made.root)
    for name in ("png", "jpg"):
        out = sign(folder / f"in.{name}", folder / f"out.{name}", signer, Statement(ai_generated=True)).path
        assert verify(out, trust).state is State.TRUSTED
    remote = verify(folder / "remote.jpg", trust)
    assert remote.state is State.NONE
    assert remote.remote
    print("done without a socket")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
