"""`data/` → records. Every fault has a file and a line; nothing is skipped in silence."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from pydantic import ValidationError

from kb import records as r
from kb import rules
from kb.documents import BadData, Document, Fault, KnowledgeBase, Place

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: What YAML itself knows; a tag of another kind asks for an object to be made, which no record needs.
PLAIN_TAGS = (
    "tag:yaml.org,2002:null",
    "tag:yaml.org,2002:bool",
    "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
    "tag:yaml.org,2002:str",
    "tag:yaml.org,2002:timestamp",
    "tag:yaml.org,2002:seq",
    "tag:yaml.org,2002:map",
)


def parse_yaml(text: str, file: str, faults: list[Fault]) -> Document | None:
    """Parse one YAML document with the lines of its values; duplicate keys are faults."""
    loader = Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            faults.append(Fault(file, 1, "empty file, expected a record"))
            return None
        if again := _alias(node):
            faults.append(Fault(file, again.start_mark.line + 1, "an anchor with an alias, expected the value itself"))
            return None
        lines: dict[Place, int] = {}
        found = len(faults)
        value = _value(loader, node, (), lines, file, faults)
        return Document(file, value, lines) if len(faults) == found else None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        faults.append(Fault(file, mark.line + 1 if mark else 1, f"not readable as YAML: {' '.join(problem.split())}"))
        return None
    finally:
        loader.dispose()


def _alias(node: yaml.Node) -> yaml.Node | None:
    """A node that stands in more than one place; a few of them in each other would make billions of values."""
    seen, waiting = set(), [node]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            return node
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
    return None


def _value(loader, node, place: Place, lines: dict[Place, int], file: str, faults: list[Fault]):
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode) and node.tag.startswith(PLAIN_TAGS):
        return [_value(loader, item, (*place, i), lines, file, faults) for i, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        if not node.tag.startswith(PLAIN_TAGS):
            faults.append(Fault(file, node.start_mark.line + 1, f"found the tag {node.tag}, expected plain YAML"))
            return None
        return loader.construct_object(node, deep=True)
    result = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in result:
            faults.append(Fault(file, line, f"{key}: duplicate key, expected it once"))
        lines[(*place, key)] = line
        result[key] = _value(loader, value_node, (*place, key), lines, file, faults)
    return result


def validate(model: type[r.Record], document: Document, place: Place, value, faults: list[Fault]) -> r.Record | None:
    """One record from plain values; what is wrong goes to `faults`."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            faults.append(document.fault((*place, *problem["loc"]), _say(problem)))
        return None


def _say(problem: dict) -> str:
    """A pydantic error as `what, what was expected`."""
    kind, found = problem["type"], problem.get("input")
    if kind == "missing":
        return "missing, expected a value"
    if kind == "extra_forbidden":
        return "unknown key"
    message = re.sub(r"^(Value error, |Input should be )", "", problem["msg"])
    if isinstance(found, (str, int, float)) and not isinstance(found, bool):
        return f"found {str(found)[:60]!r}, {message if message.startswith('expected') else 'expected ' + message}"
    return message if "expected" in message else f"expected {message}"


def read_text(path: Path, file: str, faults: list[Fault]) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        faults.append(Fault(file, 1, f"not UTF-8 at byte {error.start}, expected UTF-8"))
    except OSError as error:
        faults.append(Fault(file, 1, f"cannot be read: {error.strerror}"))
    return None


def load(data: Path, logged: bool = True) -> KnowledgeBase:
    """Read a whole `data/` folder. Raises `BadData` with every fault, if there is any.

    `logged=False` lets verdicts pass that are not yet in the verdict log.
    """
    faults: list[Fault] = []
    kb = read(Path(data), faults)
    if not faults:
        faults = [*rules.check(kb), *(rules.check_log(kb) if logged else ())]
    if faults:
        raise BadData(faults)
    return kb


def read(data: Path, faults: list[Fault]) -> KnowledgeBase:
    """Read and check each file by itself."""
    kb = KnowledgeBase()
    if not (data / "kb.yaml").is_file():
        faults.append(Fault("kb.yaml", 1, "missing, expected a folder with a knowledge base in it"))
        return kb
    for document in _documents(data, ["kb.yaml"], faults):
        kb.documents[document.file] = document
        kb.about = validate(r.Knowledgebase, document, (), document.value, faults)
    for folder, model in r.FOLDERS.items():
        _read_folder(kb, data, folder, model, faults)
    for path, model in r.LISTS.items():
        _read_list(kb, data, path, model, faults)
    for path, model in r.TABLES.items():
        _read_table(kb, data, path, model, faults)
    _unexpected_files(data, faults)
    return kb


def _documents(data: Path, paths: list[str], faults: list[Fault]) -> Iterator[Document]:
    for path in paths:
        text = read_text(data / path, path, faults)
        document = text is not None and parse_yaml(text, path, faults)
        if document:
            yield document


def _read_folder(kb: KnowledgeBase, data: Path, folder: str, model: type[r.Record], faults: list[Fault]):
    records = getattr(kb, folder)
    key = next(iter(model.model_fields))
    paths = [str(path.relative_to(data)) for path in sorted((data / folder).glob("*.yaml"))]
    for document in _documents(data, paths, faults):
        kb.documents[document.file] = document
        record = validate(model, document, (), document.value, faults)
        if record is None:
            continue
        name = getattr(record, key)
        if Path(document.file).stem != name:
            faults.append(
                document.fault((key,), f"found {name!r}, expected the name of the file, {Path(document.file).stem!r}")
            )
        records[name] = record


def _read_list(kb: KnowledgeBase, data: Path, path: str, model: type[r.Record], faults: list[Fault]):
    if not (data / path).exists():
        return
    records = getattr(kb, Path(path).stem)
    for document in _documents(data, [path], faults):
        kb.documents[path] = document
        if not isinstance(document.value, list):
            faults.append(Fault(path, 1, "expected a list of records"))
            continue
        for i, value in enumerate(document.value):
            record = validate(model, document, (i,), value, faults)
            if record is None:
                continue
            if record.id in records:
                faults.append(document.fault((i, "id"), f"found {record.id!r} twice, expected each id once"))
            records[record.id] = record


def _read_table(kb: KnowledgeBase, data: Path, path: str, model: type[r.Record], faults: list[Fault]):
    if not (data / path).exists():
        return
    text = read_text(data / path, path, faults)
    if text is None:
        return
    reader = csv.DictReader(io.StringIO(text, newline=""))
    expected = list(model.model_fields)
    if reader.fieldnames != expected:
        faults.append(Fault(path, 1, f"expected the columns {','.join(expected)}"))
        return
    rows = getattr(kb, Path(path).stem)
    document = Document(path, [], {})
    kb.documents[path] = document
    for i, row in enumerate(reader):
        document.lines[(i,)] = reader.line_num
        if None in row or None in row.values():
            faults.append(document.fault((i,), f"expected {len(expected)} columns"))
            continue
        record = validate(model, document, (i,), {k: x or None for k, x in row.items() if x}, faults)
        if record is not None:
            rows.append(record)


def _unexpected_files(data: Path, faults: list[Fault]):
    """A misspelt file name would silently drop its records."""
    known = {"kb.yaml", *r.LISTS, *r.TABLES}
    for path in sorted(data.rglob("*")):
        name = path.relative_to(data).as_posix()
        in_folder = path.suffix == ".yaml" and path.parent.parent == data and path.parent.name in r.FOLDERS
        ignored = (
            path.suffix == ".md" or path.name.startswith(".") or name.startswith("eval/")
        )  # labelled text: no records
        if path.is_file() and name not in known and not in_folder and not ignored:
            faults.append(
                Fault(
                    name,
                    1,
                    f"unknown file, expected one of {', '.join(sorted(known))} or a .yaml in {', '.join(r.FOLDERS)}",
                )
            )


def count(kb: KnowledgeBase) -> str:
    """What was read and checked, in one line."""
    findings = [finding for study in kb.studies.values() for finding in study.findings]
    counts = {
        "claims": len(kb.claims),
        "studies": len(kb.studies),
        "findings": len(findings),
        "evidence rows": sum(len(finding.evidence) for finding in findings),
        "certainty ratings": sum(len(claim.certainty) for claim in kb.claims.values()),
        "articles": len(kb.articles),
        "appearances": sum(len(article.appearances) for article in kb.articles.values()),
        "searches": len(kb.searches),
        "citations": len(kb.citations),
    }
    return f"checked {len(kb.documents)} files, no fault: " + ", ".join(f"{n} {what}" for what, n in counts.items())
