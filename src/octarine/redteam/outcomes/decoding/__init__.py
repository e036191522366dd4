"""What an answer says once its disguises are undone: for judges that must not be fooled by an encoding.

The searching is for something known (a canary) or for text that people read, so a decoder here may guess as
freely as it likes: what it makes of ordinary text is rubbish, and rubbish holds no canary.
"""

from octarine.redteam.outcomes.decoding.reading import Reading, readings
from octarine.redteam.outcomes.decoding.speech import disguised_speech

__all__ = ["Reading", "disguised_speech", "readings"]
