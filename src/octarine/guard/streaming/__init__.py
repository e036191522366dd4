"""Answers judged while they come in: what may go out goes out, and the verdict is that of the whole.

::

    stream = OutputStream(guard, conversation)
    for chunk in chunks:                       # str, or bytes cut anywhere
        send(stream.feed(chunk))
        if stream.blocked:
            break
    ended = stream.finish()
    send(ended.text)
"""

from octarine.guard.streaming.answer import AnswerStream, EndedAnswer
from octarine.guard.streaming.blocks import HOLD_BACK, LONGEST, SHORTEST
from octarine.guard.streaming.limits import LongRule, long_rules
from octarine.guard.streaming.stream import MOST_HELD, Ended, OutputStream
from octarine.guard.streaming.text import StreamedText

__all__ = [
    "HOLD_BACK",
    "LONGEST",
    "MOST_HELD",
    "SHORTEST",
    "AnswerStream",
    "Ended",
    "EndedAnswer",
    "LongRule",
    "OutputStream",
    "StreamedText",
    "long_rules",
]
