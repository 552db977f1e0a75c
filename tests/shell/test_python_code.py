"""Python text: what is known to only compute and print, what is refused, and what a shell command makes of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callgate.core.model import DYNAMIC
from callgate.shell.analyse import analyse_command
from callgate.shell.python_code import MAX_TEXT, examine, harmless

HARMLESS = [
    "",
    "print(1)",
    "x = 1\nx += 2\ndel x",
    "print(min([], default=0))",
    "print(type(None.__doc__), int.__doc__[:50])",
    "import sys; print(sys.version, sys.version_info.major, sys.executable, file=sys.stderr)",
    "import sys; sys.stdout.write('a'); sys.exit(3)",
    "import json, sys\nfor line in sys.stdin:\n    print(json.loads(line)['a'])",
    "import json, sys; print(json.load(sys.stdin) if False else json.dumps({'a': [1]}, indent=2))",
    "import re; print(re.compile(r'^a\\d').sub(lambda m: m.group(0).upper(), 'a1'))",
    "import re; print(re.match('(a+)+$', 'aaab'), '\\d')",
    "import os; print(os.path.join('a', 'b'), os.sep)",
    "from os import path; print(path.basename('/a/b'))",
    "import os.path as p; print(p.splitext('a.b'))",
    "import urllib.parse; print(urllib.parse.quote('a b'))",
    "from urllib import parse; print(parse.unquote('%20'))",
    "from collections import namedtuple\nP = namedtuple('P', 'x y')\np = P(1, 2)\nprint(p.x, p._replace(y=3), type(p))",
    "from enum import Enum\nclass E(Enum):\n    A = 1\nprint(E.A.name, repr(E.A), f'{E.A.value!r:>4}')",
    "class A:\n    @property\n    def p(self): return 1\nprint(getattr(A, 'p'), A().p)",
    "class A:\n    def __init__(self): self._x = 1\n    def __repr__(self): return f'{self._x=}'\nprint(A())",
    "class B(Exception): pass\ntry:\n    raise B('x') from None\nexcept B as e:\n    print(e.args)\nfinally:\n    pass",
    "class A:\n  def __init__(self, n): self.n = n\nclass B(A):\n  def __init__(s): super().__init__(2)\nprint(B().n)",
    "def f(*a, k=1, **kw):\n    yield from a\n    return kw\nprint(list(f(1, 2)), [x * 2 for x in range(3) if x])",
    "def f():\n    global g\n    g = 1\nf()\nassert g == 1, 'no'",
    "match [1, {'a': 2}]:\n    case [int(x), {'a': y}] if y > 1:\n        print(x, y)\n    case _:\n        pass",
    "import functools as t\n@t.lru_cache(maxsize=None)\ndef f(n): return n if n < 2 else f(n - 1) * n\nprint(f(9))",
    "print('{} {0:>4} {a!r} {{}} {:{w}.2f}'.format(1, a=2, w=8) if 0 else '{:.2f}'.format(1.5))",
    "print('%s %d' % ('a', 1), 'a,b'.split(','), b'\\xff'.hex())",
    "import datetime; print(datetime.datetime.now().year, datetime.timezone.utc)",
    "from decimal import Decimal, localcontext\nwith localcontext() as c:\n    c.prec = 3\n    print(Decimal(1) / 3)",
    "import ast; print(ast.dump(ast.parse('d[1]')), hasattr(ast, 'Index'), ast.literal_eval('[1]'))",
    "import math as m, hashlib; print(m.pi, hashlib.sha256(b'x').hexdigest())",
    "if __name__ == '__main__':\n    print(__doc__)",
    "from __future__ import annotations\ndef f(x: 'open(1)') -> int: return x\nprint(f(1), (n := 3), n)",
    "from io import StringIO\ns = StringIO()\nprint('x', file=s)\nprint(s.getvalue())",
    "from random import Random; print(Random(1).randint(1, 6), sorted({3, 1}), dict(a=1) | {'b': 2})",
]

OUTSIDE = [
    ("import numpy; print(numpy.__version__)", ("numpy",)),
    ("import numpy as np; a = np.array([[1, 2]]); print(np.sum(a, axis=(0, -1)), a.ndim, a.dtype.kind)", ("numpy",)),
    ("import a.b as c, d; print(c.__file__, d.x.y)", ("a.b", "d")),
    ("from _pytest.x import y; print(y == 1, 'a' in y, type(y), f'{y!r}')", ("_pytest.x",)),
    (
        "import sys\ntry:\n    import foo\nexcept ImportError as e:\n    print(e, file=sys.stderr)\n    sys.exit(1)",
        ("foo",),
    ),
    ("import os, foo; print(os.path.dirname(foo.__file__))", ("foo",)),
]

REFUSED = [
    # The direct ways
    "open('x', 'w')",
    "print(open('/etc/passwd').read())",
    "eval('1')",
    "exec('1')",
    "compile('1', '', 'exec')",
    "__import__('os')",
    "input()",
    "breakpoint()",
    "help()",
    "globals()",
    "locals()",
    "vars()",
    "setattr(int, 'x', 1)",
    "delattr(int, 'x')",
    "memoryview(b'')",
    "license()",
    "__builtins__",
    "__loader__",
    "__spec__",
    "nowhere",
    "import os; os.system('id')",
    "import os; print(os.environ)",
    "import os; os.remove('x')",
    "from os import system",
    "import subprocess",
    "import socket",
    "import shutil",
    "import importlib",
    "import inspect",
    "import builtins",
    "import types; types.FunctionType",
    "import antigravity",
    "import codecs; codecs.open('x')",
    "import io; io.open('x')",
    "import json; json.load(open('x'))",
    "import sys; sys.modules",
    "import sys; sys.path",
    "import sys; sys.path.insert(0, '/x')",
    "import sys; sys.settrace(1)",
    "import sys; sys._getframe()",
    "import sys; sys.meta_path",
    "import sys; sys.exc_info()",
    "import sys; sys.stdout = 1",
    "from sys import modules",
    "from math import *",
    "from . import x",
    "from .x import y",
    "import distutils.core",
    "import dataclasses",
    "import platform; platform.processor()",
    "import uuid; uuid.uuid1()",
    "import numpy.ctypeslib",
    "from operator import attrgetter",
    "from operator import methodcaller",
    "from functools import singledispatch",
    "from functools import wraps",
    "import typing; typing.get_type_hints",
    "import string; string.Formatter()",
    # By another name
    "print = open",
    "f = eval",
    "[exec][0]('1')",
    "map(eval, ['1'])",
    "lambda: exec('1')",
    "sorted([1], key=eval)",
    "@exec\n@input\nclass X: pass",
    "def f(g=open): pass",
    "class A(open): pass",
    "[open for x in y]",
    "x: open = 1",
    "(o := open)('x')",
    "with open('x') as f: pass",
    "f'{open(1)}'",
    "f'{1:{open(1)}}'",
    "match 1:\n case open(): pass",
    "import math as open",
    "def open(): pass",
    "isinstance = 1",
    "type = 1",
    "import math as print",
    "for getattr in []: pass",
    # Attributes that lead out
    "().__class__",
    "().__class__.__mro__[1].__subclasses__()",
    "print.__self__",
    "(lambda: 0).__globals__",
    "(lambda: 0).__code__",
    "(x for x in []).gi_frame",
    "int.__dict__",
    "int.__subclasses__()",
    "int.mro()",
    "int.__base__",
    "''.__getattribute__('x')",
    "try: pass\nexcept Exception as e: e.__traceback__",
    "import math; math.__loader__",
    "import math; math.__dict__",
    "import sys; sys.stdout.buffer",
    "import re; re.enum",
    "import json; json.codecs",
    "class A:\n def __exit__(self, t, e, tb): tb.tb_frame",
    "class A: gi_frame = 1\n(x for x in []).gi_frame",
    "class A: buffer = raw = 1\nimport sys\nsys.stdin.buffer.raw",
    "import math\ntry: math.x\nexcept AttributeError as e: e.obj",
    # Names that are worked out
    "getattr(int, 'm' + 'ro')",
    "getattr(int, '__subclasses__')",
    "g = getattr",
    "getattr(*[int, 'real'])",
    "import sys; getattr(sys, 'modules')",
    "import os; getattr(os, 'system')('id')",
    "getattr('', 'format')('{0.x}', 1)",
    "'{0.__class__}'.format(1)",
    "'{0[0].x}'.format([1])",
    "'{:{0.x}}'.format(1)",
    "'{{{0.x}}}'.format(1)",
    "'{'.format()",
    "x = '{0.a}'\nx.format(1)",
    "str.format('{0.__class__}', 1)",
    "''.format_map({})",
    "map('{0.x}'.format, [1])",
    "type('X', (), {})",
    "type(*['X', (), {}])",
    "map(type, [1])",
    "t = type",
    "class M(type): pass",
    "type(x=1)",
    "match 1:\n case object(__class__=c): pass",
    "match 1:\n case object(gi_frame=c): pass",
    "class P: __match_args__ = ('__class__',)",
    "class P: pass\nmatch 1:\n case P(x): pass",
    "int = 1\nmatch 1:\n case int(x): pass",
    # Modules as values, and names that mean two things
    "import sys; s = sys",
    "import sys; [sys]",
    "import sys\ndef f(m): return m\nf(sys)",
    "import os as o\no = 1",
    "import math\ndef f(math): pass",
    "import sys as a, os as a",
    "import os\nclass A:\n  for os in []: pass",
    "class A:\n import os as name\nA.name.system('id')",
    "class A:\n if 1:\n  from os import path as name",
    "import math; math.pi = 3",
    "import math; del math.pi",
    "import sys as __s",
    "import math\nglobal math",
    # Classes
    "class A(metaclass=B): pass",
    "class A:\n def __getattr__(self, n): pass",
    "class A:\n def __del__(self): pass",
    "class A:\n def __reduce__(self): pass",
    "class A:\n def __init_subclass__(c): pass",
    "class A: __annotations__['x'] = 1",
    "class A: __class__ = int",
    "class A: __array_interface__ = {}",
    "def __getattr__(n): pass",
    "int.__x__ = 1",
    "class A: pass\nA.__reduce__ = 1",
    "class A:\n def m(self): return __class__",
    "__name__ = 'os'",
    # Syntax and text
    "async def f(): pass",
    "await x",
    "print 'x'",
    "\x00",
    "print(1)\r",
    "# -*- coding: utf-7 -*-\n1",
    "\n# coding=x\n1",
    "print('\u00e9')",
    "\x0c1",
    "\x7f",
    "(" * 500 + ")" * 500,
    "-" * 9000 + "1",
    "9" * 5000,
    "\ud800",
    f"print({DYNAMIC})",
    "#" * (MAX_TEXT + 1),
    # Beside modules of which nothing is known
    "import foo; foo.run()",
    "import foo; foo.x[1]",
    "import foo; foo.x & 1",
    "import foo; -foo.x",
    "import foo; foo.x = 1",
    "import foo; del foo.x",
    "import foo; print(foo.os.environ)",
    "import foo; foo.sys",
    "from foo import os",
    "from foo import environ",
    "from foo import run as len\nlen('x')",
    "from foo import f\n@f\ndef g(): pass",
    "from foo import F\nclass G(F): pass",
    "import foo; list(map(foo.run, [1]))",
    "import foo; sorted([1], key=foo.run)",
    "import foo; print(1, file=foo.x)",
    "import foo as sys\nprint(1, file=sys.stderr)",
    "import foo as sys\nsys.exit('x')",
    "import foo; [foo.x(y) for y in z]",
    "import foo, functools; functools.reduce(foo.f, [1, 2])",
    "import foo\nfor x in foo.y: pass",
    "import foo\nwith foo.x: pass",
    "import foo, re; re.sub('', foo.f, 'x')",
    "import foo; getattr(foo, 'x')",
    "import foo.__main__",
    "import foo; foo.__dict__",
    "import numpy as np; np.save('x', [1])",
    "import numpy as np; np.load('x')",
    "import numpy as np; np.array([1]).tofile('x')",
    "import numpy as np, types; np.array(types.SimpleNamespace(a=1))",
    "from numpy import array; array([1])",
    "import foo; print(*foo.x)",
    "import foo; foo.x.format(1)",
    "import foo; f'{foo.run()}'",
    "from foo import *",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_computing_and_printing_is_harmless(text: str) -> None:
    """Text that only computes and prints is known as such, and imports nothing but Python's own modules."""
    assert examine(text) == ("", ())


@pytest.mark.parametrize(("text", "outside"), OUTSIDE)
def test_looking_at_modules_of_others_is_harmless_but_runs_them(text: str, outside: tuple[str, ...]) -> None:
    """Text that looks at modules which do not come with Python is harmless, and names them."""
    assert examine(text) == ("", outside)


@pytest.mark.parametrize("text", REFUSED)
def test_everything_else_is_refused(text: str) -> None:
    """Text that reaches for more than computing and printing is refused with a reason."""
    assert harmless(text)


def test_a_reason_names_construct_and_line() -> None:
    """The reason says what was refused and where."""
    assert harmless("x = 1\ny = open(x)") == "line 2: the name `open`"
    assert harmless("import os\nos.system('id')") == "line 2: `os.system`"
    assert harmless("class A(metaclass=B): pass") == "line 1: the class `A` with options or a special name"


@pytest.mark.parametrize(
    "text", ["1" + "+1" * 4_900, "a=0\na" + ".real" * 1_900, "x=" * 4_900 + "1", "[" + "0," * 4_900 + "]"]
)
def test_long_chains_neither_raise_nor_are_misread(text: str) -> None:
    """Text that nests as deep as it is long gets an answer."""
    assert harmless(text) in {"", "the Python syntax is not understood"}


@settings(deadline=None)
@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from([*"()[]{}:=,.\n \t'\"\\", "if", "def f", "x", "1", "lambda", "class A", "f'{"])).map(
        "".join
    )
)
def test_no_text_raises(text: str) -> None:
    """Whatever the text is, there is an answer."""
    assert isinstance(harmless(text), str)


# What a command makes of it.

CLEAN = "no operations"
PROJECT = "execute /p"

COMMANDS = [
    ("python3 -I -c 'print(1)'", CLEAN),
    ("python3 -IBu -c 'print(1)' a b", CLEAN),
    ("python3 -Pc 'print(1)'", CLEAN),
    ("python3 -Ic'print(1)'", CLEAN),
    ("python3 -c 'print(1)'", PROJECT),
    ("python3 -bb -c 'print(1)'", PROJECT),
    ("timeout 5 python3 -c 'print(1)'", PROJECT),
    ("python -I -c 'import numpy; print(numpy.__version__)'", PROJECT),
    ("python3 -I <<'EOF'\nprint(1)\nEOF", CLEAN),
    ("python3 <<EOF\nprint(1)\nEOF", PROJECT),
    ("timeout 5 python3 -I <<'EOF' | head\nprint(1)\nEOF", CLEAN),
    ("python3 -I <<< 'print(1)'", CLEAN),
    ('x=1; python3 -I -c "print($x)"', CLEAN),
    ("python3 -c 'open(1)'", "line 1: the name `open`"),
    ("python3 <<'EOF'\nx = 1\nopen(x)\nEOF", "line 2: the name `open`"),
    ('python3 -I -c "print($X)"', "program text"),
    ('python3 -I -c "$(cat x)"', "program text"),
    ("python3 -I -c print*", "program text"),
    ("python3 -I -c", "program text"),
    ("python3 -Ii -c 'print(1)'", "program text"),
    ("python3 -Ix -c 'print(1)'", "program text"),
    ("python2 -c 'print(1)'", "program text"),
    ("node -e 'print(1)'", "program text"),
    ("python3 -I", "standard input"),
    ("cat x | python3 -I -", "standard input"),
    ("python3 -I < x", "standard input"),
    # The here-document may be half read, or not be the standard input at all.
    ("python3 -I <<'EOF' < x\nprint(1)\nEOF", "standard input"),
    ("python3 -I < x <<'EOF'\nprint(1)\nEOF", "standard input"),
    ("cat x | python3 -I 3<<'EOF'\nprint(1)\nEOF", "standard input"),
    ("{ read x; python3 -I; } <<'EOF'\nprint(1)\nEOF", "standard input"),
    ("( read x; python3 -I ) <<'EOF'\nprint(1)\nEOF", "standard input"),
    ("while read x; do python3 -I; done <<'EOF'\nprint(1)\nEOF", "standard input"),
    ("f() { read x; python3 -I; }\nf <<'EOF'\nprint(1)\nEOF", "standard input"),
    ("eval 'read x; python3 -I' <<'EOF'\nprint(1)\nEOF", "standard input"),
    ("bash -c 'read x; python3 -I' <<'EOF'\nprint(1)\nEOF", "standard input"),
    ("find . -exec head -n1 ';' -exec python3 -I ';' <<'EOF'\nprint(1)\nEOF", "standard input"),
    ("sudo -S python3 -I <<'EOF'\nprint(1)\nEOF", "standard input"),
    ("cat x | python3 -I - 'x <<y' \\\n3<<'EOF'\nprint(1)\nEOF", "standard input"),
    ("cat x | python3 -I '' <<y \\\n3<<'EOF'\nprint(1)\nEOF", ""),
    ("python3 -I | cat <<'EOF'\nprint(1)\nEOF", "standard input"),
    ("python3 -I <<'A' <<'B'\nprint(1)\nA\nopen(1)\nB", "the syntax is not understood"),
    ("python3 -I <<-'EOF'\n\tprint(1)\nEOF", "standard input"),
    ("python3 -I <<EOF\nprint($X)\nEOF", "standard input"),
]


@pytest.mark.parametrize(("line", "expected"), COMMANDS)
def test_a_command_counts_as_harmless_only_with_text_that_is_certain(line: str, expected: str) -> None:
    """The unit of the interpreter does nothing, runs the working directory's code, or is unknown with the reason."""
    units = [
        unit
        for unit in analyse_command(line, cwd="/p", home="/h").units
        if "python" in unit.text or "node" in unit.text
    ]
    unit = next(
        unit for unit in units if unit.kind == "command" and not unit.text.startswith(("find", "eval", "bash", "sudo"))
    )
    if expected == CLEAN:
        assert unit.known
        assert unit.operations == ()
    elif expected == PROJECT:
        assert unit.known
        assert [(one.kind, one.target, one.recursive) for one in unit.operations] == [("execute", "/p", False)]
    else:
        assert not unit.known
        assert expected in " ".join(one.target for one in unit.operations if one.kind == "unknown")
