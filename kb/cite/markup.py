"""Titles with markup: the four tags that PubMed and CSL share, and what other formats make of them."""

import re

#: https://docs.citationstyles.org/en/stable/primer.html#rich-text; anything else between < and > is text.
TAG = re.compile(r"<(/?)(i|b|sup|sub)>")
LATEX_TAGS = {"i": r"\emph{", "b": r"\textbf{", "sup": r"\textsuperscript{", "sub": r"\textsubscript{"}
LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{sign: rf"\{sign}" for sign in "&%$#_"},
    }
)


def plain(text: str) -> str:
    """The text without its tags, in one line."""
    return " ".join(TAG.sub("", text).split())


def latex(text: str) -> str:
    """The text for a BibTeX field: UTF-8, characters that TeX would obey escaped, tags as commands."""
    if not _nested(text):
        text = plain(text)
    parts, end = [], 0
    for tag in TAG.finditer(text):
        parts += [text[end : tag.start()].translate(LATEX), "}" if tag[1] else LATEX_TAGS[tag[2]]]
        end = tag.end()
    return " ".join("".join([*parts, text[end:].translate(LATEX)]).split())


def _nested(text: str) -> bool:
    """Whether every tag is closed, in order."""
    open_tags = []
    for tag in TAG.finditer(text):
        if not tag[1]:
            open_tags.append(tag[2])
        elif not open_tags or open_tags.pop() != tag[2]:
            return False
    return not open_tags
