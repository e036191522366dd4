"""Every document is read back by a program that had no part in writing it; none of them can act."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from benchmarks.redteam.readers_files import READERS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from octarine.core.content import Conversation, Modality
from octarine.core.protocols import NotApplicable
from octarine.redteam.carriers.files import TECHNIQUES
from tests.redteam.carriers.files.made import BY_ID, bare, data_of, file_of, made, need
from tests.redteam.probes import LANGUAGES

TEXTS = {
    "en": "How would I repair a bicycle wheel, step by step?",
    "de": "Wie flicke ich einen Fahrradschlauch „über Nacht“?",
    "fr": "Comment réparer une roue de vélo, s'il vous plaît ?",
    "es": "¿Cómo arreglo la rueda de mi bicicleta?",
    "it": "Perché la ruota è storta & come la raddrizzo?",
    "pt": "Como é que conserto a roda; não há <pressa>?",
    "ja": "自転車の車輪はどうやって直しますか。教えてください。",
    "hi": "मैं साइकिल का पहिया कैसे ठीक करूँ?",
    "ar": "كيف أصلح عجلة الدراجة خطوة بخطوة؟",
}
OF_TEXT = [
    "odt-hidden-section",
    "odt-user-field",
    "epub-aside-page",
    "rtf-ignored-destination",
    "html-hiding-style",
    "html-attribute",
    "html-style-content",
    "html-style-order",
    "html-structured-data",
    "html-template",
    "html-fallback",
    "svg-description",
    "svg-never-used",
    "svg-metadata",
    "svg-placed-words",
    "eml-other-alternative",
    "eml-header-field",
    "eml-forwarded",
    "ics-description",
    "ics-day-plan",
    "vcf-note",
    "gpx-way-points",
    "zip-entry-names",
    "zip-nested",
    "docx-custom-data",
    "docx-footnote",
    "docx-custom-property",
    "docx-tracked-deletion",
]
"""Read by the standard library alone."""
LETTERS = st.characters(blacklist_categories=("Cs", "Cc", "Cn", "Co", "Cf"))
DOCUMENTS = [technique for technique in TECHNIQUES if Modality.DOCUMENT in technique.outputs]


def test_every_document_has_a_reader() -> None:
    assert set(READERS) == {technique.id for technique in DOCUMENTS}


@pytest.mark.parametrize("name", OF_TEXT)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(LETTERS, min_size=1, max_size=120))
def test_any_text_is_read_back(name: str, text: str) -> None:
    if not text.strip():
        return
    found = BY_ID[name](Conversation.user(text), np.random.default_rng(len(text)), language="en")
    if not isinstance(found, NotApplicable):
        assert bare(text) in bare(READERS[name](found))


@pytest.mark.heavy
@pytest.mark.parametrize("name", sorted(READERS))
def test_each_language_is_read_back(name: str) -> None:
    need(name)
    technique = BY_ID[name]
    read = 0
    for language in LANGUAGES:
        text = TEXTS[language]
        found = technique(Conversation.user(text), np.random.default_rng(3), language=language)
        if isinstance(found, NotApplicable):
            assert technique.scripts, found.reason
            continue
        assert bare(text) in bare(READERS[name](found)), language
        read += 1
    assert read >= 6


FORMATS = ("pdf", "docx", "odt", "rtf", "html", "pptx")


@pytest.mark.heavy
@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_of_the_visible_document(kind: str) -> None:
    need("document-page")
    found = made("document-page", TEXTS["de"], "de", format=kind)
    assert file_of(found).name.endswith(f".{kind}")
    assert bare(TEXTS["de"]) in bare(READERS["document-page"](found))


@pytest.mark.parametrize(("name", "values"), [
    ("xlsx-hidden-sheet", {"state": "veryHidden"}), ("xlsx-blank-cell", {"by": "white"}),
    ("zip-nested", {"depth": 5}), ("html-hiding-style", {"by": "off-screen"}),
    ("html-attribute", {"attribute": "title"}), ("pdf-tiny-text", {"size": 0.2}),
])  # fmt: skip
@pytest.mark.heavy
def test_parameters_keep_it_readable(name: str, values: dict[str, object]) -> None:
    need(name)
    assert bare(TEXTS["en"]) in bare(READERS[name](made(name, TEXTS["en"], **values)))


def members(data: bytes) -> list[bytes]:
    """The file, and everything that is packed in it."""
    if data[:2] != b"PK":
        return [data]
    archive = zipfile.ZipFile(io.BytesIO(data))
    return [inner for name in archive.namelist() for inner in members(archive.read(name))] + [
        "\n".join(archive.namelist()).encode()
    ]


ACTIVE = [word.encode() for word in (
    "/JavaScript", "/JS", "/Launch", "/URI", "/OpenAction", "/AA ", "/GoToR", "/SubmitForm", "vbaProject",
    "oleObject", "TargetMode", "javascript:", "onload", "onclick", "DDE", "HYPERLINK", "<form ", "<iframe",
    "http-equiv", "externalLink", "ACTION:", "ATTACH",
)]  # fmt: skip


@pytest.mark.parametrize("technique", DOCUMENTS, ids=lambda technique: technique.id)
def test_nothing_in_a_document_acts(technique: object) -> None:
    found = made(technique.id, "plain words alone", "en")  # type: ignore[attr-defined]
    for data in members(data_of(found)):
        assert not [word for word in ACTIVE if word in data]
        assert data.count(b"<script") == data.count(b'<script type="application/ld+json"')


@pytest.mark.parametrize("technique", DOCUMENTS, ids=lambda technique: technique.id)
def test_the_message_does_not_say_it(technique: object) -> None:
    found = made(technique.id, "Wherefore art thou", "en")  # type: ignore[attr-defined]
    assert "Wherefore" not in found.prompt
    assert found.prompt.strip()
