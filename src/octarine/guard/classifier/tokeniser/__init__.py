"""Text into the ids of the encoder's vocabulary: WordPiece, in Python alone."""

from octarine.guard.classifier.tokeniser.tokeniser import Encoding, Tokeniser

__all__ = ["Encoding", "Tokeniser"]
