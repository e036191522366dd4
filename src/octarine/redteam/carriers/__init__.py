"""In which file it comes: pictures, documents, video, sound."""

from octarine.redteam.technique import Technique


def techniques() -> tuple[Technique, ...]:
    """Those of this category."""
    from octarine.redteam.carriers import files, pictures

    return (*pictures.TECHNIQUES, *files.TECHNIQUES)
