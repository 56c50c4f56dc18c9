"""A name in any script that people's names are written in prints right, whatever fonts the machine has."""

from __future__ import annotations

import json

import pytest
import typst

from calcimeter.report.fonts import LATIN, font_families, fonts_at_hand

NAMES = {
    "Latin": "Łódź İğdır Nguyễn e\u0301q\u0303",
    "Greek": "Ελένη",
    "Cyrillic": "Пётр Њ",
    "Hebrew": "שלום",
    "Arabic": "محمد پژوهش",
    "Armenian": "Հայերեն",
    "Georgian": "ქართული",
    "Ethiopic": "አማርኛ",
    "Devanagari": "श्रीकृष्ण क्षत्रिय",
    "Bengali": "শ্রী কৃষ্ণ",
    "Gurmukhi": "ਗੁਰਮੁਖੀ",
    "Gujarati": "શ્રી કૃષ્ણ",
    "Oriya": "ଓଡ଼ିଆ",
    "Tamil": "ஸ்ரீ கிருஷ்ணன்",
    "Telugu": "శ్రీ కృష్ణ",
    "Kannada": "ಶ್ರೀ ಕೃಷ್ಣ",
    "Malayalam": "ശ്രീ കൃഷ്ണൻ",
    "Sinhala": "ශ්‍රී ලංකා",
    "Thai": "สมชาย กรุงเทพ",
    "Lao": "ສົມສະຫວັນ",
    "Khmer": "ភាសាខ្មែរ",
    "Myanmar": "မြန်မာ",
    "Chinese": "王小明 張偉 龘 𠮷",
    "Japanese": "山田太郎 カタカナ ひらがな 﨑",
    "Korean": "김철수 홍길동",
}
PAGE = b"#set text(font: json(bytes(sys.inputs.fonts)), fallback: false)\n#sys.inputs.name *#sys.inputs.name*"
"""Without falling back on a family that was not asked for: an archival page then refuses a letter that is missing."""


@pytest.mark.parametrize("script", sorted(NAMES))
def test_a_name_prints_with_the_fonts_that_are_installed_with_calcimeter(script):
    inputs = {"name": NAMES[script], "fonts": json.dumps(font_families(NAMES[script]))}
    compiler = typst.Compiler(PAGE, font_paths=fonts_at_hand(of_machine=False), sys_inputs=inputs)
    assert compiler.compile(format="pdf", pdf_standards=["a-3b"], timestamp=0)


def test_a_letter_that_no_family_has_is_refused_there():
    inputs = {"name": "\U000f0123", "fonts": json.dumps(font_families(""))}
    compiler = typst.Compiler(PAGE, font_paths=fonts_at_hand(of_machine=False), sys_inputs=inputs)
    with pytest.raises(typst.TypstError):
        compiler.compile(format="pdf", pdf_standards=["a-3b"], timestamp=0)


@pytest.mark.parametrize(
    ("text", "family"),
    [("直 ひらがな", "Noto Sans CJK JP"), ("直 한국어", "Noto Sans CJK KR"), ("直", "Noto Sans CJK SC")],
)
def test_shared_characters_are_drawn_as_the_letters_around_them_say(text, family):
    assert font_families(text)[-1] == family


def test_a_font_package_that_is_not_installed_is_left_out(monkeypatch):
    monkeypatch.setattr("calcimeter.report.fonts.FONT_PACKAGES", ("no_such_fonts",))
    families = fonts_at_hand(of_machine=False).families()
    assert LATIN in families
    assert not any(family.startswith("Noto") for family in families)
