"""Another language, script, dialect, register or grammar."""

from octarine.redteam.technique import Technique


def techniques() -> tuple[Technique, ...]:
    """Those of this category."""
    from octarine.redteam.linguistic import written
    from octarine.redteam.linguistic.grammar import asking, order
    from octarine.redteam.linguistic.register import shortening, varieties
    from octarine.redteam.linguistic.scripts import arabic, devanagari, japanese, latin, phonetic

    modules = (japanese, arabic, devanagari, latin, phonetic, shortening, varieties, order, asking)
    ruled = tuple(technique for module in modules for technique in module.TECHNIQUES)
    return (*ruled, *written.techniques())
