"""Which parts of a marked picture were changed after marking.

Once payload and geometry are known, the whole mark is known, and every place can be asked whether it is
there.

::

    registration.py   how the mark lies, to a fraction of a pixel
    evidence.py       how much of the mark is heard in each cell, and how much could be
    edit_map.py       from cells to odds, regions and a verdict
    drawing.py        the map as a picture for people
"""

from octarine.watermark.image.edits.drawing import drawn
from octarine.watermark.image.edits.edit_map import EditMap, Region, edit_map

__all__ = ["EditMap", "Region", "drawn", "edit_map"]
