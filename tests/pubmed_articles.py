"""Records in PubMed's XML, made up or out of the rows of a citations.csv. None is copied from PubMed."""

import csv
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr


def article_xml(
    pmid,
    *,
    title="A title",
    authors=(("Doe", "J"),),
    journal="Journal of Examples",
    year="2001",
    date=None,
    doi=None,
    pmcid=None,
    volume=None,
    issue=None,
    pages=None,
    language="eng",
    abstract=None,
    types=(("D016428", "Journal Article"),),
    mesh=(),
    links=(),
    extra="",
) -> bytes:
    """One `PubmedArticle`. Texts are plain, but `title` and `abstract` may be bytes of XML with markup.

    `authors` are (family, initials) or a collective name; `mesh` (ui, name, major); `types` (ui, name);
    `links` (RefType, PMID or None, RefSource). `extra` is XML for the end of MedlineCitation.
    """
    people = "".join(
        f"<Author><CollectiveName>{escape(a)}</CollectiveName></Author>"
        if isinstance(a, str)
        else f"<Author><LastName>{escape(a[0])}</LastName><Initials>{escape(a[1])}</Initials></Author>"
        for a in authors
    )
    when = f"<MedlineDate>{escape(date)}</MedlineDate>" if date else tag("Year", year)
    ids = f'<ArticleId IdType="pubmed">{pmid}</ArticleId>' + "".join(
        f'<ArticleId IdType="{kind}">{escape(value)}</ArticleId>'
        for kind, value in (("doi", doi), ("pmc", pmcid))
        if value
    )
    headings = "".join(
        f'<MeshHeading><DescriptorName UI="{ui}" MajorTopicYN="{"NY"[bool(major)]}">{escape(name)}</DescriptorName>'
        "</MeshHeading>"
        for ui, name, major in mesh
    )
    comments = "".join(
        f"<CommentsCorrections RefType={quoteattr(kind)}><RefSource>{escape(source or '')}</RefSource>"
        f"{tag('PMID', target)}</CommentsCorrections>"
        for kind, target, source in links
    )
    kinds = "".join(f'<PublicationType UI="{ui}">{escape(name)}</PublicationType>' for ui, name in types)
    return f"""<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}</PMID>
<Article PubModel="Print"><Journal><JournalIssue CitedMedium="Print">{tag("Volume", volume)}{tag("Issue", issue)}
<PubDate>{when}</PubDate></JournalIssue><Title>{escape(journal)}</Title><ISOAbbreviation>{escape(journal)}</ISOAbbreviation></Journal>
<ArticleTitle>{_inner(title)}</ArticleTitle>{f"<Pagination>{tag('MedlinePgn', pages)}</Pagination>" if pages else ""}
{f"<Abstract><AbstractText>{_inner(abstract)}</AbstractText></Abstract>" if abstract else ""}
<AuthorList CompleteYN="Y">{people}</AuthorList><Language>{language}</Language>
<PublicationTypeList>{kinds}</PublicationTypeList></Article>
{f"<CommentsCorrectionsList>{comments}</CommentsCorrectionsList>" if comments else ""}
{f"<MeshHeadingList>{headings}</MeshHeadingList>" if headings else ""}{extra}</MedlineCitation>
<PubmedData><PublicationStatus>ppublish</PublicationStatus><ArticleIdList>{ids}</ArticleIdList></PubmedData></PubmedArticle>
""".encode()


def tag(name, value) -> str:
    return f"<{name}>{escape(str(value))}</{name}>" if value else ""


def _inner(text) -> str:
    return text.decode() if isinstance(text, bytes) else escape(text)


def corpus_of(csv_file: Path) -> dict[str, bytes]:
    """The rows of a citations.csv as records."""
    with open(csv_file, encoding="utf-8", newline="") as file:
        return {row["pmid"]: _row_xml(row) for row in csv.DictReader(file)}


def _row_xml(row: dict[str, str]) -> bytes:
    def items(column):
        return [item for item in row[column].split("; ") if item]

    def coded(item):
        return tuple(item.split(" ", 1)) if item[:1].isupper() and item[1:2].isdigit() else ("", item)

    def person(name):
        family, _, initials = name.rpartition(" ")
        return (family, initials) if family and initials.isupper() else name

    links = [item.partition(" ") for item in items("links")]
    return article_xml(
        row["pmid"],
        title=row["title"],
        authors=[person(name) for name in items("authors")],
        journal=row["journal"],
        year=row["year"],
        date=row["date"],
        doi=row["doi"],
        pmcid=row["pmcid"],
        volume=row["volume"],
        issue=row["issue"],
        pages=row["pages"],
        language=row["language"] or "eng",
        types=[coded(item) for item in items("publication_types")],
        mesh=[(*coded(item.rstrip("*")), item.endswith("*")) for item in items("mesh")],
        links=[(kind, ref if ref.isdecimal() else None, ref) for kind, _, ref in links],
    )
