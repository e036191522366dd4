"""What travels as text: web pages, vector graphics, mail, calendars, address cards; and archives."""

from octarine.redteam.carriers.files.web import archive, html, mail, records, svg

TECHNIQUES = (*html.TECHNIQUES, *svg.TECHNIQUES, *mail.TECHNIQUES, *records.TECHNIQUES, *archive.TECHNIQUES)
