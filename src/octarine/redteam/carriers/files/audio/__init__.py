"""Sound: a synthetic voice and what is done to it, tones that carry text, text beside the samples."""

from octarine.redteam.carriers.files.audio import beside, speech, tones

TECHNIQUES = (*speech.TECHNIQUES, *tones.TECHNIQUES, *beside.TECHNIQUES)
