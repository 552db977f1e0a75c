"""A regular expression for what a word pattern or a glob says better.

What it finds: a `command_regex` that a `command` pattern can say, and a `file_path_regex` that `path` can say, and
writes the rule. It is only proposed when it is no wider: the languages are compared, and both rules are run on made-up
commands, with `;`, `$( )`, redirects, options and the like in front and behind. Rules with `examples` are left alone.

Why it matters: words are compared with words, so quotes, blanks and longer names make no difference; and a deny with
`path` holds for `cat` as well as for Read.

Instead of `command_regex = '^git (status|log)( |$)'`, write `command = "git (status|log) *"`.
"""

from __future__ import annotations

from typing import Final, Iterator

from callgate.core.model import Rule
from callgate.core.paths import is_within
from callgate.policy.globs import Anchors, check_glob
from callgate.policy.language import samples
from callgate.policy.language.automaton import find as walk
from callgate.policy.language.languages import of_paths, of_search, of_whole
from callgate.policy.language.reader import read
from callgate.policy.language.syntax import Unsupported
from callgate.policy.lint.inclusion import text_automaton
from callgate.policy.lint.model import Code, Context, Finding
from callgate.policy.lint.probes import no_looser, no_looser_on_files
from callgate.policy.lint.rewriting import globs, word_pattern
from callgate.policy.lint.writing import toml
from callgate.policy.patterns import SEPARATOR, check_pattern
from callgate.policy.tomltext import toml_value

CODE: Final[Code] = "say_it_better"

_PATH: Final = "^(/[^/\\n]+)+$|^/$"
"""A normalised absolute path. Names with a line break are left aside: `.` does not match one, a wildcard does."""


def find(context: Context) -> Iterator[Finding]:
    """Yield a finding with a suggestion for each such rule."""
    for rule in context.rules:
        if rule.id in context.examples or context.is_shipped(rule) or not context.wanted(rule):
            continue
        try:
            if rule.command_regex and not rule.command and context.settings.shell != "raw":
                yield from _command(context, rule)
            elif rule.file_path_regex and not rule.path:
                yield from _files(context, rule)
        except (Unsupported, ValueError):
            continue


def _command(context: Context, rule: Rule) -> Iterator[Finding]:
    text = word_pattern(read(rule.command_regex, case_sensitive=True).node)
    if text is None or check_pattern(text):
        return
    tool = "" if rule.tool == "Bash" else rule.tool
    new = rule._replace(command=(text,), command_regex="", tool=tool)
    mine, its = text_automaton(text, new), of_search(rule.command_regex, rule.case_sensitive)
    other = of_search(SEPARATOR)
    if mine is None or its is None or other is None:
        return
    answer = (
        walk([mine], [its], context.budget) if rule.action == "allow" else walk([its], [mine, other], context.budget)
    )
    if answer.text is not None or not answer.complete:
        return
    commands = samples.of_regex(rule.command_regex, case_sensitive=rule.case_sensitive, limit=6)
    commands += [" ".join(argv) for argv in samples.of_command(text, limit=6)]
    if no_looser(rule, new, commands, context.anchors):
        message = f"a word pattern says this better: `command = {toml_value(text)}`"
        help_text = "words are compared with words, whatever quotes and blanks stand between them"
        yield Finding(CODE, rule, message, help_text, "command_regex", suggestion=toml(new))


def _files(context: Context, rule: Rule) -> Iterator[Finding]:
    found = globs(read(rule.file_path_regex, case_sensitive=True).node)
    if not found or any(check_glob(glob) for glob in found):
        return
    allow = rule.action == "allow"
    written = tuple(_anchored(glob, context.anchors, allow=allow) for glob in found)
    new = rule._replace(path=written, file_path_regex="")
    if not allow and not rule.file_path_exclude_regex:
        new = new._replace(tool="", tool_regex="")  # refuses the shell's way to the same files as well
    its = of_search(rule.file_path_regex, rule.case_sensitive)
    paths = of_whole(_PATH)
    mine = of_paths(written, context.anchors, widen=not allow, case_sensitive=rule.case_sensitive)
    if its is None or paths is None or mine is None or not mine.patterns:
        return
    if allow:
        answers = [walk([pattern, paths], [its], context.budget) for pattern in mine.patterns]
    else:
        answers = [walk([its, paths], mine.patterns, context.budget)]
    if any(answer.text is not None or not answer.complete for answer in answers):
        return
    examples = [walk([pattern, paths], [], context.budget).text for pattern in mine.patterns]
    examples += [walk([its, paths], [], context.budget).text]
    if no_looser_on_files(rule, new, [one for one in examples if one], context.anchors):
        shown = toml_value(written[0] if len(written) == 1 else written)
        help_text = "it then holds for the shell as well: `cat`, `cp`, redirects"
        if allow:
            help_text = "globs are easier to read; without `tool` the rule would hold for the shell as well"
        message = f"a glob says this better: `path = {shown}`"
        yield Finding(CODE, rule, message, help_text, "file_path_regex", suggestion=toml(new))


def _anchored(glob: str, anchors: Anchors, *, allow: bool) -> str:
    """Return *glob* with the project or the home directory in it by name; `**/` reaches everywhere in an allow, too."""
    literal = glob.split("*", maxsplit=1)[0].rstrip("/")
    for name, base in (("<project>", anchors.project), ("~", anchors.home)):
        if base and base != "/" and is_within(literal, base):
            return name + glob[len(base) :]
    return "/" + glob if allow and glob.startswith("**/") else glob
