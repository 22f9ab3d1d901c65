"""Characters that are one thing in many prints: minus signs, spaces, decimal points, raised digits."""

import re

#: Letters that are one thing in many characters; each becomes one character, so that places stay as they are.
PRINT = str.maketrans(
    dict.fromkeys("\u2212\u2013\u2010\u2011\u2012\ufe63\uff0d", "-")
    | dict.fromkeys("\u00a0\u2009\u202f\u2007\u2008\u200a\u2005\u2006", "\u2009")
    | dict.fromkeys("·∙⋅•‧・", "·")
    | dict.fromkeys("≈∼≅～˜", "~")
    | dict(zip("＜＞＝％＋≦≧⩽⩾’ʼ´µ⁄∶﹤﹥", "<>=%+≤≥≤≥'''μ/:<>", strict=True))
)
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉⁻", "01234567890123456789-")
RAISED = re.compile(r"(?<=[^\W\d_])⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉]+")


def plain(text: str) -> str:
    """The text with one character for each kind of minus, space, decimal point; of the same length."""
    text = RAISED.sub(lambda match: match[0].translate(SUPERSCRIPTS), text.translate(PRINT))
    return re.sub(r"(?<=\d)—(?=[\d.])", "-", text)
