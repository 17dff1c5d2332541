"""Collect the messages of templates and code, take their translations from locale/words/*.toml, write the catalogues.

python tools/translate.py            write and compile; list what has no translation yet, ready to paste
python tools/translate.py PATH …     list only what these files or folders are missing
python tools/translate.py --check    write nothing, fail if anything is missing, unused, unequal or out of date

A words file is a TOML table: "English message" = "简体", or = ["简体", "繁體"] where the traditional words are not what
conversion and glossary give. A message with a context stands in a table named by that context.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
import tomllib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.catalogues import compile_stale  # noqa: E402

SOURCE = ROOT / "jishi"
LOCALE = SOURCE / "web" / "locale"
WORDS = LOCALE / "words"
LOCALES = ("zh_Hans", "zh_Hant", "en")
METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"**.html": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "mark": None}
# A real date would change the files at every run.
UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|(?<!%)\{\w+\}")
GENERATED_BY = re.compile(rb'^"Generated-By: .*\n', re.MULTILINE)  # another release of Babel is no change of ours
EXAMPLE_COMMENT = "# add to jishi/web/locale/words/<noun>.toml"


class Message(NamedTuple):
    """One message of the pages, and where it is said."""

    context: str
    text: str
    plural: str
    places: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        return self.context, self.text


def extract() -> list[Message]:
    """All messages under jishi/, in the order of their text."""
    found: dict[tuple[str, str], Message] = {}
    for file, _line, message, _comments, context in extract_from_dir(
        str(SOURCE), METHODS, OPTIONS, KEYWORDS, directory_filter=lambda folder: "vendor" not in folder
    ):
        text, plural = (message[0], message[1]) if isinstance(message, tuple) else (message, "")
        key = (context or "", text)
        known = found.get(key, Message(*key, plural, ()))
        places = tuple(sorted({*known.places, f"jishi/{file}"}))
        found[key] = known._replace(plural=known.plural or plural, places=places)
    return [found[key] for key in sorted(found)]


def read_words() -> tuple[dict[tuple[str, str], tuple[str, str]], list[str]]:
    """The translations, (context, message) → (simplified, traditional or empty), and the files' faults."""
    words: dict[tuple[str, str], tuple[str, str]] = {}
    faults = []
    for file in sorted(WORDS.glob("*.toml")):
        for context, text, value in _entries(tomllib.loads(file.read_text("utf-8"))):
            pair = (value, "") if isinstance(value, str) else (value[0], value[1])
            if words.get((context, text), pair) != pair:
                faults.append(f"{file.name}: {text!r} is translated differently in two files")
            words[context, text] = pair
    return words, faults


def _entries(table: dict):
    for name, value in table.items():
        if isinstance(value, dict):
            yield from ((name, text, inner) for text, inner in value.items())
        else:
            yield "", name, value


@cache
def _converter():
    from opencc import OpenCC

    return OpenCC("s2tw")


@cache
def _glossary() -> list[tuple[str, str]]:
    table = tomllib.loads((LOCALE / "glossary.toml").read_text("utf-8"))
    return sorted(table.items(), key=lambda pair: -len(pair[0]))


def traditional(simplified: str) -> str:
    """Convert the characters, then set the trade's own words by the glossary, longest first."""
    text = _converter().convert(simplified)
    for wrong, right in _glossary():
        text = text.replace(wrong, right)
    return text


def build() -> tuple[dict[str, Catalog], list[Message], list[str]]:
    """The three catalogues, the messages without words, and every other fault."""
    messages = extract()
    words, faults = read_words()
    catalogs = {locale: Catalog(locale, project="Jishi", fuzzy=False, charset="utf-8") for locale in LOCALES}
    for catalog in catalogs.values():
        catalog.creation_date = catalog.revision_date = UNDATED
    missing = [message for message in messages if not words.get(message.key, ("", ""))[0]]
    for message in messages:
        simplified, given = words.get(message.key, ("", ""))
        texts = {"zh_Hans": simplified, "zh_Hant": given or traditional(simplified), "en": message.text}
        faults += placeholder_faults(message, texts)
        for locale, catalog in catalogs.items():
            _add(catalog, message, texts[locale])
    unused = sorted(words.keys() - {message.key for message in messages})
    faults += [f"no page says {text!r} any more: take it out of the words" for _context, text in unused]
    return catalogs, missing, faults


def placeholder_faults(message: Message, texts: dict[str, str]) -> list[str]:
    """Where a translation has other placeholders than its message."""
    wanted = sorted(PLACEHOLDER.findall(message.text))
    return [
        f"{locale}: {message.text!r} has {wanted}, its translation {sorted(PLACEHOLDER.findall(text))}"
        for locale, text in texts.items()
        if text and sorted(PLACEHOLDER.findall(text)) != wanted
    ]


def _add(catalog: Catalog, message: Message, text: str) -> None:
    identifier = (message.text, message.plural) if message.plural else message.text
    value: str | tuple[str, ...] = text
    if message.plural:
        value = (text, message.plural) if catalog.num_plurals == 2 else (text,)
    places = [(place, None) for place in message.places]
    catalog.add(identifier, value, locations=places, context=message.context or None)


def as_po(catalog: Catalog) -> bytes:
    """The catalogue as a file that changes only when a message does."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=0, sort_output=True, include_lineno=False, omit_header=False)
    return GENERATED_BY.sub(b"", buffer.getvalue())


def po_path(locale: str) -> Path:
    """Where a catalogue lies."""
    return LOCALE / locale / "LC_MESSAGES" / "messages.po"


def out_of_date(catalogs: dict[str, Catalog]) -> list[str]:
    """The catalogues on disk that are not what words and templates give."""
    return [
        f"{po_path(locale).relative_to(ROOT)} is out of date: run python tools/translate.py"
        for locale, catalog in catalogs.items()
        if not po_path(locale).exists() or po_path(locale).read_bytes() != as_po(catalog)
    ]


def write(catalogs: dict[str, Catalog]) -> None:
    """Write and compile; a half-written catalogue never takes the place of a whole one."""
    for locale, catalog in catalogs.items():
        target = po_path(locale)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".po.partial")
        partial.write_bytes(as_po(catalog))
        partial.replace(target)
    compile_stale(ROOT)


def missing_as_toml(missing: list[Message], paths: list[str]) -> str:
    """The missing messages as lines to paste and fill in, each with where it is said."""
    wanted = [message for message in missing if not paths or any(_inside(place, paths) for place in message.places)]
    lines = []
    for context in sorted({message.context for message in wanted}):
        lines += [f"\n[{json.dumps(context)}]"] if context else []
        for message in (message for message in wanted if message.context == context):
            lines.append(f'{json.dumps(message.text, ensure_ascii=False)} = ""  # {", ".join(message.places)}')
    return "\n".join(lines)


def _inside(place: str, paths: list[str]) -> bool:
    return any(Path(path).resolve() in (ROOT / place, *(ROOT / place).parents) for path in paths)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", help="list only what these files or folders are missing")
    parser.add_argument("--check", action="store_true", help="write nothing, fail on any fault")
    arguments = parser.parse_args()
    catalogs, missing, faults = build()
    if arguments.check:
        faults += out_of_date(catalogs)
    else:
        write(catalogs)
    listing = missing_as_toml(missing, arguments.paths)
    if listing:
        print(EXAMPLE_COMMENT, listing, sep="\n")
    for fault in faults:
        print(f"fault: {fault}", file=sys.stderr)
    print(f"{len(missing)} of {len(extract())} messages have no translation", file=sys.stderr)
    return 1 if (listing or faults) and (arguments.check or arguments.paths) else 0


if __name__ == "__main__":
    sys.exit(main())
