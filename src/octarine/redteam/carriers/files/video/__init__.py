"""Short clips: text in their frames and over time, and text beside the frames."""

from octarine.redteam.carriers.files.video import frames, timing, tracks

TECHNIQUES = (*frames.TECHNIQUES, *timing.TECHNIQUES, *tracks.TECHNIQUES)
