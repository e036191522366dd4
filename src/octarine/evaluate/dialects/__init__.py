"""Texts in dialects of English, by rule: our own implementation of the features of Multi-VALUE (Ziems et al.,
ACL 2023, "Multi-VALUE: A framework for cross-dialectal English NLP").

What is written so is nobody's speech: it shows how a system takes to the grammar of a dialect, feature by
feature, and not how its speakers fare. Varieties share most of their features: they are no independent
samples. Some features change what is said (gender, number, tense), and gold labels may then no longer hold:
look at the log.
"""

from octarine.evaluate.dialects.parse import Parser, spacy_parser
from octarine.evaluate.dialects.tables import Dialect, every_feature, find, read_dialects
from octarine.evaluate.dialects.writing import Application, Weighted, Written, write

__all__ = [
    "Application",
    "Dialect",
    "Parser",
    "Weighted",
    "Written",
    "every_feature",
    "find",
    "read_dialects",
    "spacy_parser",
    "write",
]
