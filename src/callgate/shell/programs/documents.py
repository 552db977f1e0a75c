"""Builders of documentation and converters of documents: sphinx, mkdocs, pandoc, graphviz, xmllint."""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.hosts import note_url
from callgate.shell.programs.spec import Args, Program, options, reads
from callgate.shell.programs.tooling import (
    Entry,
    asks,
    contacts,
    note_files,
    or_here,
    runs_project,
    tool,
    unknown_subcommand,
)
from callgate.shell.words import Word

_SPHINX = options("""
-h,--help --version -b,--builder: -j,--jobs: -a,--write-all -E,--fresh-env -d,--doctree-dir:write -c,--conf-dir:
-C,--isolated -D,--define: -A,--html-define: -t,--tag: -n,--nitpicky -v,--verbose -q,--quiet -Q,--silent --color
-N,--no-color -w,--warning-file:write -W,--fail-on-warning -T,--show-traceback -P,--pdb --exception-on-warning
--keep-going -M:
""")


def _sphinx(command: Command, args: Args) -> None:
    """`sphinx-build SOURCE OUTPUT [FILE…]`: `conf.py` runs, the output directory is filled."""
    source, output = args.operands[:1], args.operands[1:2]
    note_files(command, "execute", or_here(command, [*source, *args.values("-c")]), recursive=True)
    # Anywhere: whoever allows `sphinx-build *` means the project's documentation, not where it is written.
    note_files(command, "write", output, recursive=True, via="OUTPUT")
    if any(word.value == "clean" or word.dynamic for word in args.values("-M")):
        note_files(command, "delete", output, recursive=True, via="-M clean")


_EXTENSIONS = """
--ext-autodoc --ext-doctest --ext-intersphinx --ext-todo --ext-coverage --ext-imgmath --ext-mathjax --ext-ifconfig
--ext-viewcode --ext-githubpages --extensions: -t,--templatedir:read -h,--help --version -q,--quiet
"""
_QUICKSTART = options(
    _EXTENSIONS
    + """
--sep --no-sep --dot: -p,--project: -a,--author: -v: -r,--release: -l,--language: --suffix: --master: --epub
--makefile --no-makefile --batchfile --no-batchfile -m,--use-make-mode -M,--no-use-make-mode -d:
"""
)
_APIDOC = options(
    _EXTENSIONS
    + """
-o,--output-dir: -d,--maxdepth: -f,--force -l,--follow-links -n,--dry-run -e,--separate -P,--private --tocfile:
-T,--no-toc -E,--no-headings -M,--module-first --implicit-namespaces --automodule-options: -s,--suffix: --remove-old
-F,--full -a,--append-syspath -H,--doc-project: -A,--doc-author: -V,--doc-version: -R,--doc-release: --tocdir:
"""
)


def _names_files(command: Command, words: list[Word]) -> None:
    """Note values that become part of a file's name: `--tocfile=/home/u/ --suffix=bashrc` writes `/home/u/.bashrc`."""
    for word in words:
        if word.dynamic or "/" in word.value:
            command.opaque("a file that is written outside of the output directory", via="FILE", span=word.span)


def _quickstart(command: Command, args: Args) -> None:
    _names_files(command, args.values("--dot", "--suffix", "--master"))
    note_files(command, "write", or_here(command, args.operands), recursive=True)


def _apidoc(command: Command, args: Args) -> None:
    note_files(command, "read", args.operands, recursive=True, only=("*.py", "*.pyx", "*.so", "*.pyi"))
    _names_files(command, args.values("--tocfile", "-s"))
    targets = or_here(command, args.values("-o"))
    note_files(command, "write", targets, recursive=True)
    if args.has("--remove-old"):
        note_files(command, "delete", targets, recursive=True, via="--remove-old")


# mkdocs

_MKDOCS_COMMON = "-q,--quiet -v,--verbose -h,--help -V,--version -f,--config-file: "
_MKDOCS_BUILD = _MKDOCS_COMMON + (
    "-c,--clean --dirty -s,--strict --no-strict -t,--theme: --use-directory-urls --no-directory-urls "
    "-d,--site-dir:write "
)


def _mkdocs_build(command: Command, args: Args) -> None:
    """Plug-ins and hooks that the configuration names run; the output directory is emptied first."""
    runs_project(command, args)
    note_files(command, "execute", args.values("-f"))
    note_files(command, "write", args.values("-d") or [Word("site", command.span)], recursive=True)
    note_files(command, "delete", args.values("-d"), recursive=True, via="--site-dir")


def _mkdocs_serve(command: Command, args: Args) -> None:
    _mkdocs_build(command, args)
    command.add("system", "listens for connections")


def _mkdocs_deploy(command: Command, args: Args) -> None:
    _mkdocs_build(command, args)
    command.add("system", "publishes the site with git push", via="gh-deploy")
    contacts(command, via="gh-deploy")


_MKDOCS = Program(options(_MKDOCS_COMMON), subcommands={
    "build": Program(options(_MKDOCS_BUILD), _mkdocs_build),
    "serve": Program(options(_MKDOCS_BUILD + "-a,--dev-addr: -o,--open --no-livereload --livereload --watch-theme "
                             "-w,--watch:"), _mkdocs_serve),
    "get-deps": Program(options(_MKDOCS_COMMON + "-p,--projects-file:"), runs_project),
    "gh-deploy": Program(options(_MKDOCS_BUILD + "-m,--message: -b,--remote-branch: -r,--remote-name: --force "
                                 "--no-history --ignore-version --shell"), _mkdocs_deploy),
    "new": Program(options(_MKDOCS_COMMON), _quickstart),
})  # fmt: skip

# pandoc, graphviz, xml

_PANDOC = options("""
-f,-r,--from,--read: -t,-w,--to,--write: -o,--output:write --data-dir:execute -M,--metadata: --metadata-file:read
-d,--defaults:execute --file-scope --sandbox -s,--standalone --template: -V,--variable: --variable-json:
-D,--print-default-template: --print-default-data-file: --print-highlight-style: --dpi: --eol: --wrap: --columns:
--strip-comments --toc,--table-of-contents --toc-depth: -N,--number-sections --number-offset: --top-level-division:
--extract-media:write --resource-path: -H,--include-in-header:read -B,--include-before-body:read
-A,--include-after-body:read --no-highlight --highlight-style: --syntax-definition:read --syntax-highlighting:
-F,--filter:execute -L,--lua-filter:execute --shift-heading-level-by: --base-header-level: --track-changes:
--strip-empty-paragraphs -p,--preserve-tabs --tab-stop: --pdf-engine:execute --pdf-engine-opt:code --reference-doc:read --self-contained
--embed-resources --link-images --request-header:code --no-check-certificate --abbreviations:read
--indented-code-classes: --default-image-extension: -c,--css: --reference-links --reference-location:
--figure-caption-position: --table-caption-position: --markdown-headings: --list-tables --listings -i,--incremental --slide-level: --section-divs
--html-q-tags --email-obfuscation: --id-prefix: -T,--title-prefix: --epub-cover-image:read --epub-title-page:
--epub-metadata:read --epub-embed-font:read --split-level: --chunk-template: --epub-chapter-level: --ipynb-output:
-C,--citeproc --bibliography:read --csl:read --citation-abbreviations:read --natbib --biblatex --mathml --webtex?
--mathjax? --katex? --gladtex --trace --dump-args --ignore-args --verbose --quiet --fail-if-warnings? --log:write
--bash-completion --list-input-formats --list-output-formats --list-extensions? --list-highlight-languages
--list-highlight-styles -v,--version -h,--help --atx-headers --ascii
""")


# Formats that cannot include other files, as LaTeX, reStructuredText and Org can; HTML fetches what an iframe names.
_PLAIN_FORMATS = frozenset({"markdown", "markdown_strict", "markdown_github", "markdown_mmd", "gfm", "commonmark", "json",
                            "commonmark_x", "docx", "odt", "csv", "ipynb", "mediawiki", "native"})  # fmt: skip
_PLAIN_SUFFIXES = (".md", ".markdown", ".json", ".docx", ".odt", ".csv", ".ipynb", ".txt")
# Formats of output that hold no pictures: for the others they are read, or fetched, from where the document says.
_TEXT_FORMATS = _PLAIN_FORMATS - {"docx", "odt", "ipynb"} | frozenset(
    "html html4 html5 plain latex beamer context man ms rst org asciidoc asciidoctor docbook docbook4 docbook5 texinfo textile "
    "dokuwiki zimwiki jira haddock opml tei xwiki typst muse djot revealjs slidy slideous s5 dzslides markua".split()
)
_TEXT_SUFFIXES = (".md", ".markdown", ".html", ".htm", ".json", ".txt", ".tex", ".rst", ".org", ".adoc", ".man", ".1", ".typ",
                  ".native", ".wiki", ".text", ".xhtml")  # fmt: skip


def _pandoc(command: Command, args: Args) -> None:
    """Convert: operands are files or addresses; what a document includes is fetched or read too."""
    note_addresses(command, args.operands)
    formats = [word.value.partition("+")[0].partition("-")[0] for word in args.values("-f")]
    plain = (
        _PLAIN_FORMATS.issuperset(formats)
        if formats
        else all(word.value.endswith(_PLAIN_SUFFIXES) for word in args.operands)
    )
    if not args.has("--sandbox") and (not plain or args.has("-C")):
        command.opaque("reads what a document of this format includes")
    for word in [*args.values("-t"), *args.values("-f")]:
        if word.dynamic or word.value.endswith(".lua"):
            command.opaque("a reader or writer in Lua", via="--to", span=word.span)
    for word in args.values("--template"):
        note_addresses(command, [word])
    for word in args.values("--print-default-data-file"):
        # It is joined to the directory of pandoc's data as it stands.
        if word.dynamic or word.value.startswith("/") or ".." in word.value:
            command.opaque("a file outside of pandoc's data", via="--print-default-data-file", span=word.span)
    written = [word.value.partition("+")[0].partition("-")[0] for word in args.values("-t")]
    text = (
        _TEXT_FORMATS.issuperset(written)
        if written
        else all(word.value.endswith(_TEXT_SUFFIXES) or word.value == "-" for word in args.values("-o"))
    )
    pdf = any(word.value.endswith(".pdf") or word.dynamic for word in args.values("-o"))
    if args.has("--self-contained", "--embed-resources", "--extract-media") or pdf or not text:
        command.opaque("reads and fetches whatever the document names", via="--embed-resources")


def note_addresses(command: Command, words: list[Word]) -> None:
    """Note each of *words* as a file that is read, or as an address that is fetched."""
    for word in words:
        if "://" in word.value:
            note_url(command, word)
        elif word.value != "-":
            command.path("read", word)


_DOT = options("-V -v? -G: -N: -E: -T: -K: -l:list -o:write -O -P -q? -s? -y -x -n? -c -A:")


def _dot(command: Command, args: Args) -> None:
    reads(command, args)
    if args.has("-O"):
        # `a/x.dot` becomes `a/x.dot.svg`.
        for word in args.operands:
            folder = word.value.rpartition("/")[0] or ("/" if word.value.startswith("/") else ".")
            note_files(
                command, "write", [word if word.dynamic else word._replace(value=folder)], recursive=True, via="-O"
            )
        if not args.operands:
            command.here("write", recursive=True, via="-O")
    if args.has("-c"):
        command.add("system", "writes the configuration of graphviz", via="-c")


_XMLLINT = options("""
--version --debug --shell!takes_commands --xpath: --debugent --copy --recover --nocatalogs --noent --loaddtd --dtdattr
--noout --valid --postvalid --dtdvalid:read --dtdvalidfpi: --timing --output,-o:write --htmlout --nowrap --xmlout
--html --push --memory --maxmem: --catalogs --nodefdtd --path: --pattern: --schema:read --relaxng:read
--schematron:read --sax --sax1 --stream --walker --compress --format --pretty: --c14n --c14n11 --exc-c14n --dropdtd
--nofixup-base-uris --nsclean --noblanks --nocdata --encode: --insert --auto --testIO --chkregister --nonet --load-trace
--huge --oldxml10 --xinclude --noxincludenode --noenc --nodict --load-dtd --repeat --strict-namespace
""")


def _xmllint(command: Command, args: Args) -> None:
    note_addresses(command, args.operands)
    if args.has("--schema", "--relaxng", "--schematron", "--dtdvalid"):
        command.opaque("reads and fetches what the schema includes", via="--schema")
    # External entities and inclusions name files and addresses; by default entities are not replaced, but in the
    # canonical form, where they always are.
    if args.has("--noent", "--loaddtd", "--dtdattr", "--valid", "--postvalid", "--xinclude", "--noxincludenode", "--c14n",
                "--c14n11", "--exc-c14n", "--insert"):  # fmt: skip
        command.opaque("reads and fetches what the document names", via="--noent")


def _doxygen(command: Command) -> None:
    """The configuration names filters that run and a directory that is written."""
    if not asks(command, frozenset({"-v", "--version", "-h", "--help"})):
        command.unknown = "`doxygen` runs the filters that its configuration names"


def _convert(command: Command) -> None:
    words = [word.value for word in command.args]
    if words not in (["-version"], ["--version"], ["-list", "format"]):
        unknown_subcommand(command, command.args)


_GRAPHVIZ = Program(_DOT, _dot)
PROGRAMS: dict[str, Entry] = {
    "sphinx-build": tool(Program(_SPHINX, _sphinx)),
    "sphinx-quickstart": tool(Program(_QUICKSTART, _quickstart)),
    "sphinx-apidoc": tool(Program(_APIDOC, _apidoc)),
    "mkdocs": tool(_MKDOCS, frozenset({"--version", "--help", "-V", "-h"})),
    "doxygen": _doxygen,
    "pandoc": tool(Program(_PANDOC, _pandoc)),
    **dict.fromkeys(("dot", "neato", "fdp", "sfdp", "twopi", "circo"), _GRAPHVIZ),
    "xmllint": Program(_XMLLINT, _xmllint, single_dash=True),
    **dict.fromkeys(("convert", "magick", "identify", "mogrify", "ffmpeg"), _convert),
}
