"""Documents, video and sound. Nothing in a file ever acts: no macros, scripts, links or launch actions."""

from octarine.redteam.carriers.files import audio, office, pdf, video, visible, web

TECHNIQUES = (
    *visible.TECHNIQUES,
    *pdf.TECHNIQUES,
    *office.TECHNIQUES,
    *web.TECHNIQUES,
    *video.TECHNIQUES,
    *audio.TECHNIQUES,
)
