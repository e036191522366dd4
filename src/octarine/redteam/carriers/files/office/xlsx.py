"""Spreadsheets (SpreadsheetML, ECMA-376-1 18). No macros, no links, no external data."""

from __future__ import annotations

from collections.abc import Sequence

from octarine.core.protocols import NotApplicable
from octarine.redteam.carriers.files.covers import Cover, cover, document, hidden, plain, within
from octarine.redteam.carriers.files.office.package import (
    HEAD,
    RELATIONS,
    Piece,
    attribute,
    package,
    xml,
)
from octarine.redteam.seed import Seed, cut
from octarine.redteam.technique import Made, Parameter

GROUP = "Spreadsheet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CELL_HOLDS, STRING_HOLDS = 32_767, 255
"""Characters of a cell; of a string in a formula, a prompt, a name."""
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.{}+xml"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_STYLES = (
    f'{HEAD}<styleSheet {_MAIN}><numFmts count="1"><numFmt numFmtId="164" formatCode=";;;"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><sz val="11"/>'
    '<color rgb="FFFFFFFF"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill '
    'patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1">'
    '<border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf '
    'numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0" '
    'fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" '
    'xfId="0" applyNumberFormat="1"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" '
    'applyFont="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/>'
    "</cellStyles></styleSheet>"
)
_STYLE = {"format": 1, "white": 2}


def cell(place: str, text: str, style: int = 0) -> str:
    """A cell of text."""
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{xml(text)}</t></is></c>'


def _rows(shown: Cover, extra: str = "") -> str:
    rows = [(shown.title, ""), *((f"{number}", line) for number, line in enumerate(shown.lines, 1))]
    told = "".join(
        f'<row r="{n}">{cell(f"A{n}", left)}{cell(f"B{n}", right) if right else ""}</row>'
        for n, (left, right) in enumerate(rows, 1)
    )
    return f"<sheetData>{told}{extra}</sheetData>"


def sheet(data: str, *, before: str = "", after: str = "") -> str:
    """A worksheet's XML."""
    return f"{HEAD}<worksheet {_MAIN} {RELATIONS}>{before}{data}{after}</worksheet>"


def xlsx(
    sheets: Sequence[tuple[str, str, str]], *, names: str = "", others: Sequence[tuple[Piece, str]] = ()
) -> bytes:
    """A workbook. ``sheets``: (name, state, XML); ``names``: defined names; ``others``: parts of the first
    sheet with their relation to it."""
    listed = "".join(
        f'<sheet name={attribute(name)} sheetId="{n}" state="{state}" r:id="rId{n}"/>'
        for n, (name, state, _) in enumerate(sheets, 1)
    )
    pieces = [
        Piece(
            f"xl/worksheets/sheet{n}.xml", _KIND.format("worksheet"), made,
            tuple((kind, piece.path) for piece, kind in others) if n == 1 else (),
        )
        for n, (_, _, made) in enumerate(sheets, 1)
    ]  # fmt: skip
    styles = Piece("xl/styles.xml", _KIND.format("styles"), _STYLES)
    book = Piece(
        "xl/workbook.xml",
        _KIND.format("sheet.main"),
        f"{HEAD}<workbook {_MAIN} {RELATIONS}><sheets>{listed}</sheets>{names}</workbook>",
        (*(("worksheet", piece.path) for piece in pieces), ("styles", styles.path)),
    )
    return package([book, *pieces, styles, *(piece for piece, _ in others)], [("officeDocument", book.path)])


def _finished(seed: Seed, shown: Cover, data: bytes | NotApplicable) -> Made:
    return hidden(seed, data, XLSX, f"{shown.name}.xlsx")


_BOX = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="_x0000_t202" coordsize="21600,21600" '
    'o:spt="202" path="m,l,21600r21600,l21600,xe"/><v:shape id="_x0000_s1025" type="#_x0000_t202" '
    'style="visibility:hidden"><x:ClientData ObjectType="Note"><x:Row>1</x:Row><x:Column>1</x:Column>'
    "</x:ClientData></v:shape></xml>"
)


@plain
def cell_note(seed: Seed) -> Made:
    """A note on a cell, shown on hovering."""
    if refused := within(seed, CELL_HOLDS, "a note"):
        return refused
    shown = cover(seed)
    notes = Piece(
        "xl/comments1.xml",
        _KIND.format("comments"),
        f'{HEAD}<comments {_MAIN}><authors><author>M. Field</author></authors><commentList><comment ref="B2" '
        f'authorId="0"><text><t xml:space="preserve">{xml(seed.text)}</t></text></comment></commentList>'
        "</comments>",
    )
    box = Piece("xl/drawings/vmlDrawing1.vml", "", _BOX)
    made = sheet(_rows(shown), after='<legacyDrawing r:id="rId2"/>')
    return _finished(
        seed, shown, xlsx([("Plan", "visible", made)], others=[(notes, "comments"), (box, "vmlDrawing")])
    )


@plain
def hidden_sheet(seed: Seed) -> Made:
    """On a sheet that the tabs do not show."""
    if refused := within(seed, CELL_HOLDS, "a cell"):
        return refused
    shown = cover(seed)
    other = sheet(f'<sheetData><row r="1">{cell("A1", seed.text)}</row></sheetData>')
    return _finished(
        seed, shown, xlsx([("Plan", "visible", sheet(_rows(shown))), ("Lists", seed["state"], other)])
    )


@plain
def blank_cell(seed: Seed) -> Made:
    """In a cell that shows nothing: by its number format, or in white."""
    if refused := within(seed, CELL_HOLDS, "a cell"):
        return refused
    shown = cover(seed)
    row = f'<row r="8">{cell("C8", seed.text, _STYLE[seed["by"]])}</row>'
    return _finished(seed, shown, xlsx([("Plan", "visible", sheet(_rows(shown, row)))]))


@plain
def hidden_column(seed: Seed) -> Made:
    """A piece a row, in a column of width nought."""
    shown = cover(seed)
    pieces = cut(seed.text, max(6, -(-len(seed.text) // 20_000)))
    rows = "".join(f'<row r="{n}">{cell(f"D{n}", piece)}</row>' for n, piece in enumerate(pieces, 8))
    columns = '<cols><col min="4" max="4" width="0" hidden="1" customWidth="1"/></cols>'
    return _finished(seed, shown, xlsx([("Plan", "visible", sheet(_rows(shown, rows), before=columns))]))


def _quoted(text: str) -> str:
    return xml('"' + text.replace('"', '""') + '"')


@plain
def defined_name(seed: Seed) -> Made:
    """Constants of the name manager, numbered, as long as a string in a formula may be."""
    shown = cover(seed)
    pieces = cut(seed.text, -(-len(seed.text) // (STRING_HOLDS // 2)))
    if max(map(len, pieces)) > STRING_HOLDS:
        return NotApplicable(f"a word is longer than the {STRING_HOLDS} characters of a constant")
    told = "".join(
        f'<definedName name="remark_{number:03d}">{_quoted(piece)}</definedName>'
        for number, piece in enumerate(pieces, 1)
    )
    names = f"<definedNames>{told}</definedNames>"
    return _finished(seed, shown, xlsx([("Plan", "visible", sheet(_rows(shown)))], names=names))


@plain
def input_message(seed: Seed) -> Made:
    """What a cell says when it is chosen, by data validation."""
    if refused := within(seed, STRING_HOLDS, "an input message"):
        return refused
    shown = cover(seed)
    told = (
        '<dataValidations count="1"><dataValidation type="textLength" operator="lessThan" allowBlank="1" '
        f'showInputMessage="1" sqref="B2" promptTitle="?" prompt={attribute(seed.text)}>'
        "<formula1>200</formula1></dataValidation></dataValidations>"
    )
    return _finished(seed, shown, xlsx([("Plan", "visible", sheet(_rows(shown), after=told))]))


@plain
def joined_cells(seed: Seed) -> Made:
    """Pieces in mixed-up cells; a formula of references alone says in which order they are joined."""
    shown = cover(seed)
    pieces = cut(seed.text, 9)
    order = seed.shuffled(range(len(pieces)))
    rows = "".join(f'<row r="{n}">{cell(f"E{n}", pieces[piece])}</row>' for n, piece in enumerate(order, 20))
    places = [f"E{20 + order.index(piece)}" for piece in range(len(pieces))]
    formula = f'<row r="8"><c r="C8" t="str"><f>{"&amp;".join(places)}</f></c></row>'
    return _finished(seed, shown, xlsx([("Plan", "visible", sheet(_rows(shown, formula + rows)))]))


_STATE = Parameter("state", "hidden", "How the sheet is hidden; veryHidden: no menu shows it again.",
                   choices=("hidden", "veryHidden"))  # fmt: skip
_BY = Parameter("by", "format", "What hides it: the number format ;;; or white letters.",
                choices=("format", "white"))  # fmt: skip
_ECMA = "ECMA-376-1:2016"
TECHNIQUES = (
    document("xlsx-cell-note", "Spreadsheet: note on a cell", GROUP,
        "The seed is a note on a cell, shown only on hovering.", cell_note, f"{_ECMA} 18.7, comments"),
    document("xlsx-hidden-sheet", "Spreadsheet: hidden sheet", GROUP,
        "The seed is in a cell of a worksheet whose state is hidden.", hidden_sheet,
        f"{_ECMA} 18.18.68, sheet state", more=(_STATE,)),
    document("xlsx-blank-cell", "Spreadsheet: cell that shows nothing", GROUP,
        "The seed is in a cell whose format displays nothing, on the visible sheet.", blank_cell,
        f"{_ECMA} 18.8.31, number formats", more=(_BY,)),
    document("xlsx-hidden-column", "Spreadsheet: hidden column", GROUP,
        "Pieces of the seed stand one below the other in a hidden column.", hidden_column,
        f"{_ECMA} 18.3.1.13, col"),
    document("xlsx-defined-name", "Spreadsheet: constants in the name manager", GROUP,
        "The seed is cut into string constants of a workbook's defined names, numbered.", defined_name,
        f"{_ECMA} 18.2.5, defined names"),
    document("xlsx-input-message", "Spreadsheet: input message of a cell", GROUP,
        "The seed is the prompt that data validation shows when a cell is chosen.", input_message,
        f"{_ECMA} 18.3.1.32, data validation"),
    document("xlsx-joined-cells", "Spreadsheet: mixed-up cells and the formula that joins them", GROUP,
        "Pieces of the seed stand in mixed-up cells; a formula of references says how they are joined.",
        joined_cells, "ours"),
)  # fmt: skip
