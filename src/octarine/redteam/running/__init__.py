"""Techniques at work: with a model that writes, with a model that answers, on samples."""
