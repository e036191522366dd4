"""The vocabulary: content, dimensions, samples, results, statistics, registry, errors.

Imports nothing else of Octarine. Import from its modules (``octarine.core.content`` …).
"""
