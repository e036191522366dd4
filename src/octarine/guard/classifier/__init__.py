"""The model tier: a small encoder and hashed n-grams, in overlapping windows, calibrated."""

from octarine.guard.classifier.classifier import Classifier, WindowScores

__all__ = ["Classifier", "WindowScores"]
