"""PDF documents: text that is painted and not seen, and text beside the page."""

from octarine.redteam.carriers.files.pdf import beside, painted

TECHNIQUES = (*painted.TECHNIQUES, *beside.TECHNIQUES)
