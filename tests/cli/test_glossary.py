"""One word for each thing: the glossary of docs/index.md holds in documents, pages, cards and help texts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

import autograder.cli
from autograder.cli.app import app
from autograder.course.paths import HERE
from autograder.student.cards.wording import ENGLISH

INDEX = HERE.root / "docs" / "index.md"
ROW = re.compile(r"^\| ([a-z][a-z, ]*) \| (.+) \|$", re.M)
# Other words for what a word of the glossary means: no reader meets them.
OTHERS = {
    "exercise": r"tasks?|problem sets?",
    "submission": r"hand-ins?",
    "visible check": r"(visible|public|sample) tests?|public checks?",
    "hidden check": r"(hidden|secret|private) tests?|(secret|private) checks?",
    "mistake": r"misconceptions?",
    "bonus": r"bonus (tasks?|questions?)",
    "score": r"(full|final) marks?",
    "late penalty": r"deadlines?|due dates?|late fees?",
    "free day": r"(late|grace) days?",
    "evidence": r"audit trails?",
}
# The page for authors explains a word of the code and of its folders.
ALLOWED = {("authors.md", "misconception"), ("authors.md", "misconceptions")}


def prose(path: Path) -> str:
    """A document without code, which has names of files and of platforms."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.sub(r"`[^`]*`", "", text)


def help_texts(command: typer.core.TyperCommand | typer.core.TyperGroup) -> Iterator[str]:
    yield command.help or ""
    yield from (getattr(option, "help", None) or "" for option in command.params)
    for inner in getattr(command, "commands", {}).values():
        yield from help_texts(inner)


def shown_texts() -> dict[str, str]:
    """Everything with fixed words that students and instructors read, by where it stands."""
    named = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "release/README.md"]
    documents = [HERE.root / name for name in named] + sorted((HERE.root / "docs").glob("*.md"))
    package = Path(autograder.__file__).parent
    templates = sorted((package / "outputs" / "templates").glob("*.j2"))
    course = package / "nbgrader_course" / "templates" / "course.toml"
    texts = {path.name: prose(path) for path in documents}
    texts |= {path.name: path.read_text(encoding="utf-8") for path in [*templates, course]}
    texts["release/README.md"] = prose(HERE.root / "release" / "README.md")
    texts["README.md"] = prose(HERE.root / "README.md")
    texts["cards"] = "\n".join(ENGLISH.values())
    texts["help"] = "\n".join(help_texts(typer.main.get_command(app)))
    return texts


TEXTS = shown_texts()
WORDS = {
    word: meaning
    for words, meaning in ROW.findall(INDEX.read_text(encoding="utf-8").split("## Words")[1])
    for word in words.split(", ")
    if word != "word"
}


def test_each_word_of_the_glossary_has_one_sentence_and_is_used_elsewhere():
    assert 12 <= len(set(WORDS.values())) <= 18
    rest = "\n".join([TEXTS["index.md"].split("## Words")[0], *TEXTS.values()]).replace(
        TEXTS["index.md"], ""
    )
    for word, meaning in WORDS.items():
        assert re.fullmatch(r"[A-Z][^.]*\.", meaning.replace("course.toml", "")), word
        assert re.search(rf"\b{word}s?\b", re.sub(r"\s+", " ", rest), re.I), word


@pytest.mark.parametrize("word", OTHERS)
def test_no_reader_meets_another_word_for_a_word_of_the_glossary(word):
    assert word in WORDS
    found = [
        (where, match[0])
        for where, text in TEXTS.items()
        for match in re.finditer(rf"\b({OTHERS[word]})\b", text, re.I)
        if (where, match[0].lower()) not in ALLOWED
    ]
    assert found == []
