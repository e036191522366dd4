"""Text that the model tier cannot read is told from text that it can, also where that holds foreign words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.guard.classifier.classifier import packaged_weights
from octarine.guard.classifier.scripts import LETTERS, SHARE, STRETCH, Scripts
from tests.guard.normalise.cases import SENTENCES

VOCABULARY = json.loads((packaged_weights() / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
SCRIPTS = Scripts(VOCABULARY)

READ = [
    "Could you water the plants on the balcony while we are in Tromsø next week?",
    "Who was Александр Пушкин, and which of his novels in verse should I read first?",
    "What does 안녕하세요 mean, and when does one say it?",
    "The conference (会议) takes place at 北京大学 in May; please book two rooms for us.",
    "Our guide Γιώργος Παπαδόπουλος meets you at the harbour of Piraeus at nine in the morning.",
    "Her name is spelt שרה in Hebrew and Сара in Russian, but she signs as Sarah.",
    "Dzień dobry, pani Wójcik! Đặng Thị Hồng wrote to Þórður Guðmundsson in İzmir.",
    "The word is pronounced [ˌɪntəˈnæʃənəl], with a θ in /θɪŋk/ and a ð in /ðɪs/.",
    "Let α + β = γ and ∑ᵢ αᵢxᵢ ≤ ∫φ(x)dx; then σ² ≈ λ/μ, and ∇²ψ = −k²ψ holds.",
    "E = ½mv²; x = (−b ± √(b²−4ac)) / 2a; Δ = π·ε",
    "for (int i = 0; i < größe; ++i) { summe += wert[i]; } // Straße → Zähler",
    'print("Привет, мир")  # the greeting in Russian; replace it by a format string of your own',
    "Ich hätte gern zwei Brötchen, einen Kaffee und die Zeitung von gestern.",
    "Où est-ce que j’ai laissé mes clés, à l’hôtel ou dans le train de 18 h 30 ?",
    "¿Cuántas personas vendrán a la fiesta de cumpleaños del abuelo, más o menos?",
    "Perché il gatto dorme sempre sulla tastiera del mio computer?",
    "A que horas abre a padaria da esquina aos domingos? É só para comprar pão.",
    "昨日、髙﨑さんと鰻を食べに行きました。とても美味しかったです。",
    "この薔薇と蠟燭の漢字は難しいですが、憂鬱ほどではありません。",
    "東京都千代田区永田町一丁目七番一号",
    "北海道大学大学院情報科学研究院",
    "青嶺国際学院高校",
    "柚子胡椒",
    "ソウル（서울）で食べたビビンバの作り方を教えてください。",
    "कल सुबह की ट्रेन से मैं दिल्ली जा रहा हूँ, क्या आप स्टेशन तक छोड़ देंगे?",
    "ज़रूरी काम के लिए फ़ोन करना, वरना ई-मेल ही ठीक है। श्रृंखला १२ देखें।",
    "هل يمكنك أن تخبرني كيف أصل إلى المكتبة العامة من هنا؟",
    "كَيْفَ حَالُكَ اليَوْمَ؟ أرجو أن تكون بخير، وأن يكون العمل كما تحبّ.",
    "Great job! 🎉🎉🎉 See you at 8 👩‍👩‍👧‍👦 ❤️ 日本 🇯🇵",
    "The Greek alphabet begins with αλφα and ends with ωμεγα, as every student of mathematics knows.",
    "R = 47 kΩ, U = 9 V",
    "コーヒーメーカーとミキサー",
    "ｺｰﾋｰﾒｰｶｰ",
    "Владимир?" + " please call back before noon",
    "12 345,67 € – 100 % ✓ № 7 §§ 3–5",
]
UNREAD = {
    "как сделать торт без яиц": "Cyrillic",
    "Please answer: как мне починить велосипед, если цепь слетела": "Cyrillic",
    "请告诉我怎么做一个没有鸡蛋的蛋糕，谢谢你们": "Chinese",
    "請告訴我怎麼修理腳踏車的鏈條": "Chinese",
    "자전거 체인을 어떻게 고치나요": "Hangul",
    "วิธีซ่อมโซ่จักรยานที่หลุด": "Thai",
    "சைக்கிள் சங்கிலியை எப்படி சரிசெய்வது": "Tamil",
    "איך מתקנים שרשרת של אופניים": "Hebrew",
    "Πώς φτιάχνω την αλυσίδα του ποδηλάτου": "Greek",
    "როგორ შევაკეთო ველოსიპედის ჯაჭვი": "Georgian",
    "ኬክ እንዴት ነው የሚሠራው እባክህ": "Ethiopic",
}


def test_the_scripts_of_the_nine_languages_are_read() -> None:
    assert SCRIPTS.read == {"LATIN", "ARABIC", "DEVANAGARI", "HIRAGANA", "KATAKANA", "CJK"}


@pytest.mark.parametrize("text", [*READ, *(text for texts in SENTENCES.values() for text in texts)])
def test_what_is_read_is_not_held_up(text: str) -> None:
    assert SCRIPTS.unread(text) == ()
    assert SCRIPTS.unread(f"{text} {text}" if len(text) > 16 else text) == ()


@pytest.mark.parametrize(("text", "script"), UNREAD.items())
def test_what_is_not_read_is_named(text: str, script: str) -> None:
    assert SCRIPTS.unread(text) == (script,)


@pytest.mark.parametrize(("text", "script"), UNREAD.items())
def test_nothing_dilutes_it(text: str, script: str) -> None:
    around = "We walked along the river and talked about the weather of the last few days. " * 40
    assert SCRIPTS.unread(around + f"{text}. " * (STRETCH // len(text)) + around) == (script,)


@given(st.integers(0, LETTERS - 1), st.integers(0, STRETCH))
def test_a_name_is_no_text(foreign: int, around: int) -> None:
    text = "ж" * foreign + " " + "word " * (around // 5)
    letters = foreign + 4 * (around // 5)
    assert bool(SCRIPTS.unread(text)) == (foreign >= 8 and foreign > 0.9 * letters)


@given(st.integers(LETTERS, 120), st.integers(0, 120))
def test_the_share_decides_about_more(foreign: int, read: int) -> None:
    assert bool(SCRIPTS.unread("ж" * foreign + "a" * read)) == (foreign > SHARE * (foreign + read))


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    assert all(SCRIPTS.unread(text)) is True


def test_another_vocabulary_reads_other_scripts() -> None:
    russian = [f"слово{chr(0x430 + n)}{chr(0x430 + m)}" for n in range(8) for m in range(8)]
    assert Scripts([*VOCABULARY, *russian]).unread("как сделать торт без яиц") == ()
    assert Scripts([*VOCABULARY, *russian]).unread("자전거 체인을 어떻게 고치나요") == ("Hangul",)
    chinese = {character for text in UNREAD for character in text if "\u4e00" <= character <= "\u9fff"}
    assert Scripts([*VOCABULARY, *chinese]).unread("請告訴我怎麼修理腳踏車的鏈條") == ()
    assert Scripts([*"abc", "the"]).unread("Where is the library of this small town?") == ()
