"""Octarine: evaluate, red-team, guard, align and mark generative models on one record of results.

Import from the area that you use (``octarine.core``, ``octarine.models``, ``octarine.evaluate`` …);
this module stays empty so that ``import octarine`` costs nothing.
"""

__version__ = "0.1.0"
