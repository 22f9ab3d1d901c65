"""The writer's file → blocks of text, each with the place of every character in the file.

One reader for each kind of file. What can be shown to a reader of the draft is text; code, scripts, styles and
addresses of links are not.
"""

import io
import re
import zipfile
from bisect import bisect_right
from html import unescape
from html.parser import HTMLParser
from pathlib import PurePath
from typing import NamedTuple
from xml.etree import ElementTree

#: Longest draft, in bytes: a book of 300,000 words.
LONGEST = 2_000_000
#: A .docx may unpack to so much more than it weighs, and to so many bytes.
RATIO, UNPACKED = 200, 20_000_000
KINDS = {".md": "markdown", ".markdown": "markdown", ".txt": "text", ".html": "html", ".htm": "html", ".docx": "docx"}


class Unreadable(Exception):
    """The draft cannot be read; the message says why in one line."""


class Block(NamedTuple):
    """A run of text. `offsets[i]` is where `text[i]` stands in the draft; `role` is text, heading, link or cell."""

    text: str
    offsets: list[int]
    role: str = "text"


class Draft(NamedTuple):
    """A draft as read. `source` is what offsets count in: the file's text; of a .docx, its paragraphs, one a line."""

    source: str
    blocks: list[Block]
    comments: list[tuple[int, str]]


def kind_of(path: str) -> str:
    """The kind of file by its name. Raises `Unreadable`."""
    suffix = PurePath(path).suffix.lower()
    if path == "-" or not suffix:
        return "markdown"
    if suffix not in KINDS:
        raise Unreadable(f"{suffix} files cannot be read; save it as one of {', '.join(KINDS)}")
    return KINDS[suffix]


def read(content: bytes, kind: str) -> Draft:
    """Raises `Unreadable`."""
    if len(content) > LONGEST:
        raise Unreadable(f"{len(content):,} bytes, more than the {LONGEST:,} that are checked at a time; split it")
    if kind == "docx":
        return _docx(content)
    try:
        text = content.decode("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8 at byte {error.start}; save it as UTF-8") from None
    if "\0" in text:
        raise Unreadable("holds NUL characters, so it is no text; save it as UTF-8 text")
    return {"markdown": _markdown, "html": _html, "text": _plain}[kind](text)


def _block(source: str, start: int, end: int, role: str = "text") -> Block | None:
    while start < end and source[start].isspace():
        start += 1
    while end > start and source[end - 1].isspace():
        end -= 1
    return Block(source[start:end], list(range(start, end)), role) if end > start else None


COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
BULLET = re.compile(r"\s*(?:[-*•·–]|\d+[.)])\s+")


def _comments(text: str) -> list[tuple[int, str]]:
    return [(match.start(), match[1].strip()) for match in COMMENT.finditer(text)]


#: Longest line of a text that was wrapped by hand or by a mail program; in others a line is a paragraph.
WRAPPED = 120
MARKDOWN = re.compile(r"^#{1,6}\s|\*\*\S|\]\(\S+\)", re.MULTILINE)


def guess(text: str) -> str:
    """The kind of a text without a name: Markdown where it has headings, bold or links of Markdown."""
    return "markdown" if MARKDOWN.search(text) else "text"


def _plain(text: str) -> Draft:
    """Every paragraph is a block; one without a full stop, after a blank line and short, is a heading."""
    blocks, position = [], 0
    lines = text.splitlines(keepends=True)
    longest = max((len(line.rstrip()) for line in lines), default=0)
    goes_on = False
    for i, line in enumerate(lines):
        bullet = BULLET.match(line)
        found = _block(text, position + (bullet.end() if bullet else 0), position + len(line))
        position += len(line)
        if found is None:
            goes_on = False
            continue
        before, goes_on = goes_on and not bullet, longest <= WRAPPED and _was_full(line, lines[i + 1 : i + 2], longest)
        if before:
            whole = blocks[-1]
            between = whole.offsets[-1] + 1
            blocks[-1] = Block(f"{whole.text} {found.text}", [*whole.offsets, between, *found.offsets])
        else:
            alone = (i == 0 or not lines[i - 1].strip()) or found.text.isupper()
            title = alone and _is_title(found.text) and not bullet and not goes_on
            blocks.append(found._replace(role="heading" if title else "text"))
    return Draft(text, blocks, _comments(text))


def _is_title(text: str) -> bool:
    return len(text.split()) <= 12 and text[-1] not in ".!:;,…\"”'"


def _was_full(line: str, following: list[str], longest: int) -> bool:
    """Whether a line was broken because the next word found no room in it."""
    words = following[0].split() if following else []
    return bool(words) and len(line.rstrip()) + 1 + len(words[0]) > longest


def _markdown(text: str) -> Draft:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": True}).enable("table").disable("text_join")
    starts = [0]
    starts += [match.end() for match in re.finditer("\r\n|\r|\n", text)]
    blocks: list[Block] = []
    role, cursor = "text", 0
    for token in parser.parse(text):
        if token.type in ("heading_open", "th_open", "td_open", "paragraph_open"):
            role = {"heading_open": "heading", "th_open": "heading"}.get(token.type, "text")
        if token.type != "inline":
            continue
        first = starts[min(token.map[0], len(starts) - 1)] if token.map else cursor
        last = starts[min(token.map[1], len(starts) - 1)] if token.map else len(text)
        cursor = max(first, cursor if first <= cursor <= last else first)
        block, cursor = _inline(token.children or [], text, cursor, last, role)
        if block:
            blocks.append(block)
    return Draft(text, blocks, _comments(text))


def _inline(children, source: str, cursor: int, last: int, role: str) -> tuple[Block | None, int]:
    """The visible characters of inline tokens, each found again in the source from `cursor` on."""
    characters: list[str] = []
    offsets: list[int] = []
    linked = other = 0
    depth = 0
    for child in children:
        if child.type == "link_open":
            depth += 1
        elif child.type == "link_close":
            depth -= 1
            close = re.compile(r"\]\([^)\n]*\)|\]\[[^\]\n]*\]|>").match(source, cursor, last)
            cursor = close.end() if close else cursor
        elif child.type in ("softbreak", "hardbreak"):
            at = source.find("\n", cursor, last)
            at = cursor if at < 0 else at
            characters.append(" ")
            offsets.append(min(at, max(len(source) - 1, 0)))
            cursor = min(at + 1, last)
        elif child.type in ("text", "code_inline", "text_special") and child.content:
            shown = child.content
            printed = child.markup if child.type == "text_special" and child.markup else shown
            at = source.find(printed, cursor, last)
            if at < 0:  # changed by the parser (tabs, entities): stand where we are
                at, spread = cursor, [cursor] * len(shown)
            else:
                spread = [min(at + k, at + len(printed) - 1) for k in range(len(shown))]
                cursor = at + len(printed)
            characters += shown
            offsets += [min(place, max(len(source) - 1, 0)) for place in spread]
            linked, other = (linked + len(shown), other) if depth else (linked, other + len(shown.strip()))
    text = "".join(characters)
    lead = len(text) - len(text.lstrip())
    text, offsets = text.strip(), offsets[lead : lead + len(text.strip())]
    if linked and not other and role == "text":
        role = "link"
    return (Block(text, offsets, role) if text else None), cursor


class _Page(HTMLParser):
    """Text of an HTML page with the offset of every character."""

    BREAKS = frozenset(
        "address article aside blockquote br button caption dd details div dl dt fieldset figcaption figure footer form"
        " h1 h2 h3 h4 h5 h6 header hr label legend li main nav ol option p pre section summary table tbody td tfoot th"
        " thead title tr ul body html head".split()
    )
    HIDDEN = frozenset("script style template noscript svg math head select textarea iframe object canvas".split())
    MENUS = frozenset("nav button label option".split())

    def __init__(self, source: str):
        super().__init__(convert_charrefs=False)
        self.source, self.blocks, self.comments = source, [], []
        self.starts = [0]
        for match in re.finditer("\n", source):
            self.starts.append(match.end())
        self.characters: list[str] = []
        self.offsets: list[int] = []
        self.hidden, self.linked, self.heading, self.menu = 0, 0, 0, 0
        self.in_link = 0
        self.feed(source)
        self.close()
        self.end_block()

    def at(self) -> int:
        line, column = self.getpos()
        return self.starts[line - 1] + column

    def end_block(self):
        text = "".join(self.characters)
        lead = len(text) - len(text.lstrip())
        kept = text.strip()
        if kept:
            role = "heading" if self.heading else "link" if self.menu or self.in_link >= len(kept) else "text"
            self.blocks.append(Block(kept, self.offsets[lead : lead + len(kept)], role))
        self.characters, self.offsets, self.in_link = [], [], 0

    def parse_marked_section(self, i, report=1):
        """`<![word[` of any word: browsers take it for a comment, the standard library for an error."""
        return self.parse_bogus_comment(i)

    def handle_starttag(self, tag, attributes):
        if tag in self.BREAKS:
            self.end_block()
        self.hidden += tag in self.HIDDEN
        self.linked += tag == "a"
        self.heading += bool(re.fullmatch("h[1-6]|th", tag))
        self.menu += tag in self.MENUS

    def handle_startendtag(self, tag, attributes):
        if tag in self.BREAKS:
            self.end_block()

    def handle_endtag(self, tag):
        if tag in self.BREAKS:
            self.end_block()
        self.hidden = max(0, self.hidden - (tag in self.HIDDEN))
        self.linked = max(0, self.linked - (tag == "a"))
        self.heading = max(0, self.heading - bool(re.fullmatch("h[1-6]|th", tag)))
        self.menu = max(0, self.menu - (tag in self.MENUS))

    def show(self, text: str, offsets: list[int]):
        if not self.hidden:
            self.characters += [" " if c in "\n\t\r\f" else c for c in text]
            self.offsets += offsets
            self.in_link += len(text) if self.linked else 0

    def handle_data(self, data):
        start = self.at()
        self.show(data, list(range(start, start + len(data))))

    def handle_entityref(self, name):
        text = unescape(f"&{name};")
        self.show(text, [self.at()] * len(text))

    def handle_charref(self, name):
        text = unescape(f"&#{name};")
        self.show(text, [self.at()] * len(text))

    def handle_comment(self, data):
        self.comments.append((self.at(), data.strip()))


def _html(text: str) -> Draft:
    page = _Page(text)
    return Draft(text, page.blocks, page.comments)


W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def _docx(content: bytes) -> Draft:
    """The paragraphs of a Word file, one a line. Bombs and entities are refused, not unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            part = archive.getinfo("word/document.xml")
            if part.file_size > UNPACKED or part.file_size > RATIO * max(part.compress_size, 1) + 100_000:
                raise Unreadable(f"unpacks to {part.file_size:,} bytes, too many for a draft")
            with archive.open(part) as file:
                xml = file.read(UNPACKED + 1)
    except Unreadable:
        raise
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, NotImplementedError, ValueError, EOFError) as error:
        raise Unreadable(f"not a Word file ({type(error).__name__}); save it as .docx") from None
    except Exception as error:  # zlib.error has no common base with the others
        raise Unreadable(f"not a Word file ({error}); save it as .docx") from None
    if len(xml) > UNPACKED or b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise Unreadable("holds XML that a Word file does not need; save it anew as .docx")
    try:
        # Taken for UTF-8 whatever it says of itself: in another encoding a DOCTYPE would look otherwise.
        root = ElementTree.fromstring(xml, ElementTree.XMLParser(encoding="utf-8"))
    except (ElementTree.ParseError, RecursionError, ValueError) as error:
        raise Unreadable(f"its XML cannot be read ({error}); save it anew as .docx") from None
    lines, roles = [], []
    for paragraph in root.iter(f"{W}p"):
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        name = (style.get(f"{W}val") or "") if style is not None else ""
        lines.append("".join(_word(element) for element in paragraph.iter()).replace("\n", " "))
        roles.append("heading" if re.match("(?i)heading|title|subtitle", name) else "text")
    source, blocks, position = "\n".join(lines), [], 0
    for line, role in zip(lines, roles, strict=True):
        block = _block(source, position, position + len(line), role)
        blocks += [block] if block else []
        position += len(line) + 1
    return Draft(source, blocks, _comments(source))


def _word(element) -> str:
    return (element.text or "") if element.tag == f"{W}t" else " " if element.tag in (f"{W}tab", f"{W}br") else ""


class Lines:
    """Offsets → line and column, both from 1."""

    def __init__(self, source: str):
        self.starts = [0, *(match.end() for match in re.finditer("\r\n|\r|\n", source))]

    def place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1
