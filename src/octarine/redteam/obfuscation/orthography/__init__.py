"""How letters, blanks and invisible characters stand: a reader sees through it, a filter may not."""

from octarine.redteam.obfuscation.orthography import noise, tokens
from octarine.redteam.obfuscation.orthography.characters import invisible, lookalikes, marks
from octarine.redteam.obfuscation.orthography.drawing import banners
from octarine.redteam.obfuscation.orthography.letters import casing, misspelling, spacing, wordplay

TECHNIQUES = (
    *casing.TECHNIQUES,
    *spacing.TECHNIQUES,
    *misspelling.TECHNIQUES,
    *wordplay.TECHNIQUES,
    *lookalikes.TECHNIQUES,
    *marks.TECHNIQUES,
    *invisible.TECHNIQUES,
    *tokens.TECHNIQUES,
    *banners.TECHNIQUES,
    *noise.TECHNIQUES,
)
