"""Slides (PresentationML, ECMA-376-1 19)."""

from __future__ import annotations

from octarine.redteam.carriers.files.covers import Cover, cover, document, hidden, plain
from octarine.redteam.carriers.files.office.package import HEAD, RELATIONS, Piece, package, xml
from octarine.redteam.seed import Seed
from octarine.redteam.technique import Made

GROUP = "Slides"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
WIDE, HIGH = 9_144_000, 6_858_000
"""A slide in English Metric Units."""
_KIND = "application/vnd.openxmlformats-officedocument.presentationml.{}+xml"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_NAMES = (
    f'xmlns:a="{_DRAWING}" {RELATIONS} xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)
_TREE = (
    '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr><a:xfrm>'
    '<a:off x="0" y="0"/><a:ext cx="0" cy="0"/><a:chOff x="0" y="0"/><a:chExt cx="0" cy="0"/></a:xfrm>'
    "</p:grpSpPr>"
)
_MAP = (
    '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" '
    'accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"/>'
)
_PLAIN_FILL = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
_EFFECT = "<a:effectStyle><a:effectLst/></a:effectStyle>"
_FACE = '<a:latin typeface="Calibri"/><a:ea typeface=""/><a:cs typeface=""/>'
_MASTER, _LAYOUT = "ppt/slideMasters/slideMaster1.xml", "ppt/slideLayouts/slideLayout1.xml"
_THEME, _NOTES_THEME = "ppt/theme/theme1.xml", "ppt/theme/theme2.xml"
_BOOK, _NOTES_MASTER = "ppt/presentation.xml", "ppt/notesMasters/notesMaster1.xml"


def _theme(path: str) -> Piece:
    colours = {"dk1": "000000", "lt1": "FFFFFF", "dk2": "1F3864", "lt2": "E7E6E6", "hlink": "0563C1",
               "folHlink": "954F72"} | {f"accent{n}": f"4472C{n}" for n in range(1, 7)}  # fmt: skip
    order = ["dk1", "lt1", "dk2", "lt2", *(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink"]
    scheme = "".join(f'<a:{name}><a:srgbClr val="{colours[name]}"/></a:{name}>' for name in order)
    line = f'<a:ln w="6350">{_PLAIN_FILL}</a:ln>'
    return Piece(
        path,
        "application/vnd.openxmlformats-officedocument.theme+xml",
        f'{HEAD}<a:theme xmlns:a="{_DRAWING}" name="Plain"><a:themeElements><a:clrScheme name="Plain">'
        f'{scheme}</a:clrScheme><a:fontScheme name="Plain"><a:majorFont>{_FACE}</a:majorFont>'
        f'<a:minorFont>{_FACE}</a:minorFont></a:fontScheme><a:fmtScheme name="Plain">'
        f"<a:fillStyleLst>{_PLAIN_FILL * 3}</a:fillStyleLst><a:lnStyleLst>{line * 3}</a:lnStyleLst>"
        f"<a:effectStyleLst>{_EFFECT * 3}</a:effectStyleLst><a:bgFillStyleLst>"
        f"{_PLAIN_FILL * 3}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>",
    )


def _tree(*shapes: str) -> str:
    return f"<p:cSld><p:spTree>{_TREE}{''.join(shapes)}</p:spTree></p:cSld>"


def box(
    ident: int, text: str, x: int, y: int, wide: int, high: int, *, size: int = 18, kind: str = ""
) -> str:
    """A text box, in English Metric Units; ``kind``: of the placeholder that it fills."""
    lines = "".join(
        f'<a:p><a:r><a:rPr lang="en-GB" sz="{size * 100}"/><a:t>{xml(line)}</a:t></a:r></a:p>'
        for line in text.split("\n")
    )
    held = f'<p:ph type="{kind}" idx="1"/>' if kind else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{ident}" name="Text {ident}"/><p:cNvSpPr txBox="1"/><p:nvPr>{held}'
        f'</p:nvPr></p:nvSpPr><p:spPr><a:xfrm><a:off x="{x}" y="{y}"/><a:ext cx="{wide}" cy="{high}"/>'
        '</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr><p:txBody>'
        f'<a:bodyPr wrap="square"/><a:lstStyle/>{lines}</p:txBody></p:sp>'
    )


def slide(*shapes: str, attributes: str = "") -> str:
    """A slide's XML."""
    return f"{HEAD}<p:sld {_NAMES}{attributes}>{_tree(*shapes)}</p:sld>"


def of_cover(shown: Cover) -> tuple[str, str]:
    """The shapes of a slide that shows the cover."""
    told = "\n".join(shown.lines)
    return (
        box(2, shown.title, 500_000, 400_000, 8_000_000, 900_000, size=32),
        box(3, told, 500_000, 1_600_000, 8_000_000, 3_500_000),
    )


def _frame() -> list[Piece]:
    master = (
        f'{HEAD}<p:sldMaster {_NAMES}>{_tree()}{_MAP}<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" '
        'r:id="rId1"/></p:sldLayoutIdLst></p:sldMaster>'
    )
    layout = f'{HEAD}<p:sldLayout {_NAMES} type="blank">{_tree()}</p:sldLayout>'
    return [
        Piece(_MASTER, _KIND.format("slideMaster"), master, (("slideLayout", _LAYOUT), ("theme", _THEME))),
        Piece(_LAYOUT, _KIND.format("slideLayout"), layout, (("slideMaster", _MASTER),)),
        _theme(_THEME),
    ]


def _notes(text: str, of: str) -> list[Piece]:
    said = box(2, text, 600_000, 4_500_000, 5_600_000, 3_600_000, size=12, kind="body")
    return [
        Piece(
            "ppt/notesSlides/notesSlide1.xml", _KIND.format("notesSlide"),
            f"{HEAD}<p:notes {_NAMES}>{_tree(said)}</p:notes>",
            (("notesMaster", _NOTES_MASTER), ("slide", of)),
        ),
        Piece(
            _NOTES_MASTER, _KIND.format("notesMaster"),
            f"{HEAD}<p:notesMaster {_NAMES}>{_tree()}{_MAP}</p:notesMaster>", (("theme", _NOTES_THEME),),
        ),
        _theme(_NOTES_THEME),
    ]  # fmt: skip


def pptx(slides: list[str], *, notes: str = "") -> bytes:
    """A presentation; ``notes``: the speaker's, to the first slide."""
    paths = [f"ppt/slides/slide{number}.xml" for number in range(1, len(slides) + 1)]
    spoken = _notes(notes, paths[0]) if notes else []
    noted = (("notesSlide", spoken[0].path),) if spoken else ()
    pieces = [
        Piece(
            path, _KIND.format("slide"), made,
            (("slideLayout", _LAYOUT), *(noted if path == paths[0] else ())),
        )
        for path, made in zip(paths, slides, strict=True)
    ]  # fmt: skip
    relations = [("slideMaster", _MASTER), *(("slide", path) for path in paths)]
    held = (
        f'<p:notesMasterIdLst><p:notesMasterId r:id="rId{len(paths) + 2}"/></p:notesMasterIdLst>'
        if notes
        else ""
    )
    relations += [("notesMaster", _NOTES_MASTER)] if notes else []
    listed = "".join(f'<p:sldId id="{255 + n}" r:id="rId{1 + n}"/>' for n in range(1, len(paths) + 1))
    book = (
        f'{HEAD}<p:presentation {_NAMES}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/>'
        f"</p:sldMasterIdLst>{held}<p:sldIdLst>{listed}</p:sldIdLst>"
        f'<p:sldSz cx="{WIDE}" cy="{HIGH}"/><p:notesSz cx="{HIGH}" cy="{WIDE}"/></p:presentation>'
    )
    main = Piece(_BOOK, _KIND.format("presentation.main"), book, tuple(relations))
    return package([main, *_frame(), *pieces, *spoken], [("officeDocument", _BOOK)])


def _finished(seed: Seed, shown: Cover, data: bytes) -> Made:
    return hidden(seed, data, PPTX, f"{shown.name}.pptx")


@plain
def speaker_notes(seed: Seed) -> Made:
    """What the speaker alone reads."""
    shown = cover(seed)
    return _finished(seed, shown, pptx([slide(*of_cover(shown))], notes=seed.text))


@plain
def off_slide(seed: Seed) -> Made:
    """A text box on the table beside the slide."""
    shown = cover(seed)
    box_ = box(4, seed.text, WIDE + 400_000, 600_000, 4_000_000, 3_000_000)
    return _finished(seed, shown, pptx([slide(*of_cover(shown), box_)]))


@plain
def hidden_slide(seed: Seed) -> Made:
    """A slide that the show leaves out."""
    shown = cover(seed)
    other = slide(box(2, seed.text, 500_000, 600_000, 8_000_000, 5_000_000), attributes=' show="0"')
    return _finished(seed, shown, pptx([slide(*of_cover(shown)), other]))


_ECMA = "ECMA-376-1:2016"
TECHNIQUES = (
    document("pptx-speaker-notes", "Slides: speaker's notes", GROUP,
        "The seed is the speaker's notes to a harmless slide.", speaker_notes,
        f"{_ECMA} 19.3.1.26, notes"),
    document("pptx-off-slide", "Slides: text box beside the slide", GROUP,
        "The seed is a text box whose position is beyond the slide's edge.", off_slide,
        f"{_ECMA} 20.1.7.6, xfrm"),
    document("pptx-hidden-slide", "Slides: slide that the show leaves out", GROUP,
        "The seed is a slide of its own that the presentation marks as not to be shown.", hidden_slide,
        f"{_ECMA} 19.3.1.38, sld"),
)  # fmt: skip
