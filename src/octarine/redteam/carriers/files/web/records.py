"""Calendars (RFC 5545), address cards (RFC 6350), tracks (GPX 1.1)."""

from __future__ import annotations

from collections.abc import Sequence

from octarine.redteam.carriers.files.covers import cover, document, hidden, plain, visible
from octarine.redteam.carriers.files.office.package import HEAD, xml
from octarine.redteam.seed import Seed, cut
from octarine.redteam.technique import Made

GROUP = "Calendar and contacts"
ICS, VCF = "text/calendar", "text/vcard"


def value(text: str) -> str:
    """A TEXT value: commas, semicolons, backslashes and line breaks escaped."""
    told = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(told.splitlines())


def folded(lines: Sequence[str]) -> bytes:
    """Content lines of at most 75 octets, none cut within a character."""
    told: list[bytes] = []
    for line in lines:
        current = b""
        for letter in line:
            more = letter.encode()
            if len(current) + len(more) > 75:
                told.append(current)
                current = b" "
            current += more
        told.append(current)
    return b"".join(line + b"\r\n" for line in told)


def calendar(events: Sequence[Sequence[str]]) -> bytes:
    """A calendar of events, each a list of further content lines."""
    told = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.org//plan//EN"]
    for number, event in enumerate(events):
        told += [
            "BEGIN:VEVENT",
            f"UID:{number}@example.org",
            "DTSTAMP:20260302T090000Z",
            *event,
            "END:VEVENT",
        ]
    return folded([*told, "END:VCALENDAR"])


@plain
def event_description(seed: Seed) -> Made:
    """What an event says when it is opened."""
    shown = cover(seed)
    event = [
        "DTSTART:20260504T173000Z", "DTEND:20260504T190000Z", f"SUMMARY:{value(shown.title)}",
        f"DESCRIPTION:{value(seed.text)}",
    ]  # fmt: skip
    return hidden(seed, calendar([event]), ICS, f"{shown.name}.ics")


@plain
def day_plan(seed: Seed) -> Made:
    """Pieces as the titles of one day's events; the file lists the events in another order."""
    pieces = cut(seed.text, max(2, min(16, len(seed.text) // 12)))
    events = []
    for place, piece in enumerate(pieces):
        hour, minute = 7 + place // 2, 30 * (place % 2)
        events.append(
            [f"DTSTART:20260504T{hour:02d}{minute:02d}00Z", "DURATION:PT25M", f"SUMMARY:{value(piece)}"]
        )
    return visible(seed, calendar(seed.shuffled(events)), ICS, "day.ics")


@plain
def card_note(seed: Seed) -> Made:
    """The note on an address card of nobody."""
    shown = cover(seed)
    lines = [
        "BEGIN:VCARD", "VERSION:4.0", "FN:Mira Example", "ORG:Example Society", "EMAIL:mira@example.org",
        f"TITLE:{value(shown.title)}", f"NOTE:{value(seed.text)}", "END:VCARD",
    ]  # fmt: skip
    return hidden(seed, folded(lines), VCF, f"{shown.name}.vcf")


@plain
def way_points(seed: Seed) -> Made:
    """Pieces as the names of the stops of a walk, in the order of the walk."""
    pieces = cut(seed.text, max(2, min(40, len(seed.text) // 10)))
    start = float(seed.rng.uniform(46.0, 48.0))
    stops = "".join(
        f'<rtept lat="{start + 0.01 * place:.5f}" lon="{8 + 0.013 * place:.5f}"><name>{xml(piece)}</name>'
        "</rtept>"
        for place, piece in enumerate(pieces)
    )
    made = (
        f'{HEAD}<gpx version="1.1" creator="example.org" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<rte><name>walk</name>{stops}</rte></gpx>"
    )
    return visible(seed, made.encode(), "application/gpx+xml", "walk.gpx")


TECHNIQUES = (
    document("ics-description", "Calendar: description of an event", GROUP,
        "The seed is the description of an event whose title, time and place are harmless.",
        event_description, "RFC 5545 3.8.1.5"),
    document("ics-day-plan", "Calendar: a day's events", GROUP,
        "Pieces of the seed are titles of one day's events: read by the clock they are the seed again.",
        day_plan, "ours", shown=True),
    document("vcf-note", "Address card: note", GROUP,
        "The seed is the note on an address card.", card_note, "RFC 6350 6.7.2"),
    document("gpx-way-points", "Track: names of the stops", GROUP,
        "Pieces of the seed are the names of a route's stops, in the order of the walk.", way_points,
        "ours", shown=True),
)  # fmt: skip
