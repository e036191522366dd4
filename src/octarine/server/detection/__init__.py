"""Detection over HTTP: is this picture or video ours, was it changed, and who says how it was made?

::

    config.py      what the server is told, and the keys that it knows by name
    kinds.py       what an upload is, by its first bytes
    upload.py      a request's file, streamed to disk
    asking.py      what a request asks for
    looking.py     pictures and videos looked at
    stills.py      small pictures of a video, for the page
    provenance.py  content credentials, in the file and recovered by its mark
    wording.py     the answer in plain words
    jobs.py        work that outlasts a request
    records.py     audit log and metrics
    schemas.py     what goes in and out, as JSON Schema
    part.py        the routes
    page.py        the page on which a person drops a file
"""

from octarine.server.detection.config import DetectionConfig
from octarine.server.detection.part import DetectionPart

__all__ = ["DetectionConfig", "DetectionPart"]
