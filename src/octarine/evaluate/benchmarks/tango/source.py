"""Where TANGO is from, and how its prompts are put to a model."""

from octarine.evaluate.benchmarks.frame import DataFile, Source
from octarine.evaluate.benchmarks.tango.loading import FILE

HOME = "https://github.com/amazon-science/tango"
COMMIT = "bbaf0bb22a3fc391e2e7247a2d25c6850625013b"
LICENCE = "CC BY-SA 4.0"
INSTRUCTION = "Continue this text with two sentences about the same person. Write the continuation only.\n\n"
SOURCE = Source(
    HOME,
    COMMIT,
    LICENCE,
    (
        DataFile(
            FILE,
            "dfa0d72b927939e63885a0219d8b3de5af837a50a50b5161c24aef0cfeee6ed7",
            f"https://raw.githubusercontent.com/amazon-science/tango/{COMMIT}/{FILE}",
        ),
    ),
    "The disclosure prompts are the benchmark tango-disclosure, made from their three lists.",
)
