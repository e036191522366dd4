"""Runs in the interpreter of the peers: times the transform of garak or PyRIT that each line names."""

import asyncio
import base64
import binascii
import io
import json
import os
import quopri
import sys
import time
from contextlib import redirect_stderr

# What these libraries print must not get between the answers.
_answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

_GARAK = {
    "base64": lambda text: base64.b64encode(text.encode()),
    "base32": lambda text: base64.b32encode(text.encode()),
    "base16": lambda text: base64.b16encode(text.encode()),
    "ascii85": lambda text: base64.a85encode(text.encode()),
    "quoted-printable": lambda text: quopri.encodestring(text.encode()),
    "uuencode": lambda text: [
        binascii.b2a_uu(text.encode()[i : i + 45]) for i in range(0, len(text.encode()), 45)
    ],
}
"""What garak's probes call for these: the standard library."""


def transform(name):
    """A function of a text."""
    library, _, what = name.partition(" ")
    if library == "garak":
        if what in _GARAK:
            return _GARAK[what]
        from garak.probes import encoding

        function = encoding.leet_bytes if what == "leet" else getattr(encoding, what)
        return lambda text: function(text.encode())
    import pyrit.converter

    kind = what.partition("(")[0]
    converter = eval(what, {kind: getattr(pyrit.converter, kind)})
    return lambda text: loop.run_until_complete(converter.convert_async(prompt=text))


loop = asyncio.new_event_loop()
known = {}
for line in sys.stdin:
    asked = json.loads(line)
    with redirect_stderr(io.StringIO()):
        run = known.setdefault(asked["name"], None) or transform(asked["name"])
        known[asked["name"]] = run
        run(asked["texts"][0])
        began, done = time.perf_counter(), 0
        while (spent := time.perf_counter() - began) < asked["seconds"] or not done:
            for text in asked["texts"]:
                run(text)
            done += len(asked["texts"])
    print(spent / done, file=_answers, flush=True)
