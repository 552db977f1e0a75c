"""Command lines of the family `documents`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    (
        "sphinx-build -b html docs docs/_build",
        ["execute /p/docs recursive", "write /p/docs/_build recursive via OUTPUT"],
    ),
    (
        "sphinx-build -M clean docs out",
        ["execute /p/docs recursive", "write /p/out recursive via OUTPUT", "delete /p/out recursive via -M clean"],
    ),
    (
        "sphinx-build -c conf -d trees -w log docs out",
        [
            "write /p/trees via -d",
            "write /p/log via -w",
            "execute /p/docs recursive",
            "execute /p/conf recursive",
            "write /p/out recursive via OUTPUT",
        ],
    ),
    ("sphinx-build --version", []),
    ("sphinx-quickstart -q -p x -a y -v 1", ["write /p recursive"]),
    ("sphinx-apidoc -o docs src", ["read /p/src recursive only=*.py,*.pyx,*.so,*.pyi", "write /p/docs recursive"]),
    (
        "sphinx-apidoc -o docs --remove-old src",
        [
            "read /p/src recursive only=*.py,*.pyx,*.so,*.pyi",
            "write /p/docs recursive",
            "delete /p/docs recursive via --remove-old",
        ],
    ),
    ("mkdocs build --strict", ["execute /p recursive", "write /p/site recursive"]),
    (
        "mkdocs build -d /tmp/site",
        [
            "write /tmp/site via -d",
            "execute /p recursive",
            "write /tmp/site recursive",
            "delete /tmp/site recursive via --site-dir",
        ],
    ),
    (
        "mkdocs gh-deploy",
        [
            "execute /p recursive",
            "write /p/site recursive",
            "system publishes the site with git push via gh-deploy",
            "network <dynamic> via gh-deploy",
        ],
    ),
    ("mkdocs serve", ["execute /p recursive", "write /p/site recursive", "system listens for connections"]),
    ("mkdocs --version", []),
    ("pandoc a.md -o b.html", ["write /p/b.html via -o", "read /p/a.md"]),
    ("pandoc -t html -f gfm a.md https://example.org/x.md", ["read /p/a.md", "network example.org"]),
    ("pandoc --filter ./f.py a.md", ["execute /p/f.py via -F", "read /p/a.md"]),
    ("pandoc --version", []),
    ("dot -Tsvg a.dot -o a.svg", ["write /p/a.svg via -o", "read /p/a.dot"]),
    ("dot -V", []),
    ("dot -O a.dot", ["read /p/a.dot", "write /p recursive via -O"]),
    ("xmllint --noout a.xml", ["read /p/a.xml"]),
    ("xmllint --format --output b.xml a.xml", ["write /p/b.xml via --output", "read /p/a.xml"]),
    ("doxygen --version", []),
    ("ffmpeg -version", []),
    ("pandoc -t plain a.md -o b", ["write /p/b via -o", "read /p/a.md"]),
    ("dot -O a/x.dot", ["read /p/a/x.dot", "write /p/a recursive via -O"]),
    ("neato -V", []),
    ("neato -Tsvg a.dot -o b.svg", ["write /p/b.svg via -o", "read /p/a.dot"]),
    ("fdp -V", []),
    ("fdp -Tsvg a.dot -o b.svg", ["write /p/b.svg via -o", "read /p/a.dot"]),
    ("sfdp -V", []),
    ("sfdp -Tsvg a.dot -o b.svg", ["write /p/b.svg via -o", "read /p/a.dot"]),
    ("twopi -V", []),
    ("twopi -Tsvg a.dot -o b.svg", ["write /p/b.svg via -o", "read /p/a.dot"]),
    ("circo -V", []),
    ("circo -Tsvg a.dot -o b.svg", ["write /p/b.svg via -o", "read /p/a.dot"]),
    ("magick -version", []),
    ("identify -version", []),
    ("mogrify -version", []),
    ("convert -list format", []),
    ("sphinx-quickstart --ext-autodoc docs", ["write /p/docs recursive"]),
    (
        "sphinx-apidoc -t tpl -o docs src",
        ["read /p/tpl", "read /p/src recursive only=*.py,*.pyx,*.so,*.pyi", "write /p/docs recursive"],
    ),
    ("doxygen -v", []),
    ("mkdocs new site", ["write /p/site recursive"]),
    ("xmllint --noout -o x a.xml", ["write /p/x via --output", "read /p/a.xml"]),
    ("xmllint http://e.org/x", ["network e.org"]),
    ("pandoc -s a.md -o b.html", ["write /p/b.html via -o", "read /p/a.md"]),
    ("pandoc -L f.lua a.md", ["execute /p/f.lua via -L", "read /p/a.md"]),
    (
        "sphinx-apidoc --tocfile=modules -o docs src",
        ["read /p/src recursive only=*.py,*.pyx,*.so,*.pyi", "write /p/docs recursive"],
    ),
    ("sphinx-quickstart -q --master=index docs", ["write /p/docs recursive"]),
    ("pandoc --print-default-data-file reference.docx", []),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    ("pandoc -f latex a.md", ["read /p/a.md", "unknown reads what a document of this format includes"]),
    ("xmllint --noent a.xml", ["read /p/a.xml", "unknown reads and fetches what the document names via --noent"]),
]

OPAQUE = [
    "sphinx-build --frobnicate a b",
    "pandoc a.md -o b.pdf",
    "pandoc --embed-resources a.html",
    "pandoc -t evil.lua a.md",
    "xmllint --noent a.xml",
    "xmllint --schema a.xsd a.xml",
    "pandoc a.rst",
    "pandoc -f latex a.md",
    "xmllint --shell a.xml",
    "doxygen",
    "doxygen Doxyfile",
    "convert a.png b.png",
    "ffmpeg -i a b",
    "dot -llib a.dot",
    "pandoc -t docx a.md",
    "pandoc a.html",
    "pandoc a.md -o b.rtf",
    "pandoc -f epub -t plain a",
    "xmllint --c14n a.xml",
    "xmllint --exc-c14n a.xml",
    "xmllint --c a.xml",
    "neato -lx a.dot",
    "fdp -lx a.dot",
    "sfdp -lx a.dot",
    "twopi -lx a.dot",
    "circo -lx a.dot",
    "magick a.png",
    "identify a.png",
    "mogrify a.png",
    "sphinx-quickstart --frobnicate",
    "sphinx-apidoc --frobnicate src",
    "doxygen -g",
    "mkdocs frobnicate",
    "xmllint --xinclude a.xml",
    "pandoc --csl x.csl -C a.md",
    "sphinx-apidoc --tocfile=/home/u/ -s bashrc -o docs src",
    "sphinx-quickstart -q --master=/home/u/ --suffix=.bashrc",
    "pandoc --print-default-data-file /etc/shadow",
    "pandoc --print-default-data-file ../../x",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Builders of documentation run the configuration and fill a directory; converters read and write."""
    assert run(line) == expected
    assert not opaque(line)


@pytest.mark.parametrize(("line", "expected"), PARTLY)
def test_partly_known(line: str, expected: list[str]) -> None:
    """What can be told is told even when the rest is opaque."""
    assert run(line) == expected
    assert opaque(line)


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """What only a rule that names it may cover is opaque."""
    assert opaque(line)
