"""What Python text can reach, and what text that is judged harmless touches when it runs under an audit hook."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callgate.shell import python_names as names
from callgate.shell.python_code import harmless

# Texts that use much of what is listed, so that a wrong entry shows when they run.
TEXTS = r"""
x = [len, str, print]
for one in x:
    print(one, repr(one), one.__name__)

import math
for name in ['pi', 'e']:
    print(name, math.sqrt(2), math.factorial(20))

import sys
print(sys.version, sys.argv, sys.executable, sys.float_info, file=sys.stderr)

import json, sys
print(json.load(sys.stdin), json.loads('[1]'), json.dumps({'a': [1]}, indent=2))

import re
print(re.sub('a', lambda m: m.group(0).upper(), 'aa'), re.split(',', 'a,b'), re.escape('.'))

from collections import namedtuple, Counter
P = namedtuple('P', 'x y')
print(P(1, 2), Counter('aab').most_common(1))

from enum import Enum, IntFlag, auto
class E(Enum):
    A = auto()
class F(IntFlag):
    B = 1
print(E.A, F.B | 2)

import datetime
print(datetime.datetime.strptime('2020', '%Y').strftime('%c'), datetime.date.today())

import platform, os, time
print(platform.system(), platform.machine(), os.getcwd(), time.strftime('%c'), os.path.join('a'))

import uuid, hashlib, secrets, random
print(uuid.uuid4(), hashlib.md5(b'').hexdigest(), secrets.token_hex(), random.random())

import ast
print(ast.unparse(ast.parse('x+1')), ast.literal_eval('[1]'), ast.get_docstring(ast.parse('1')))

import difflib, textwrap, string
print(list(difflib.ndiff(['a'], ['b'])), textwrap.fill('a b'), string.Template('$x').substitute(x=1))

import statistics, fractions, decimal
print(statistics.mean([1, 2]), fractions.Fraction(1, 3), decimal.Decimal(1) / 3)

import copy, pprint, functools
pprint.pprint(copy.deepcopy({'a': [functools.partial(int, '1')]}))

import contextlib
@contextlib.contextmanager
def f():
    yield 1
with f() as x, contextlib.suppress(KeyError):
    print(x)

import typing, types, abc
class A(abc.ABC):
    x: typing.List['open(1)'] = []
print(A.x, types.SimpleNamespace(a=1).a)

import urllib.parse, html, base64, zlib, struct, binascii
print(urllib.parse.urlparse('http://a/b?c'), html.escape('<'))

print('a'.encode('idna'), b'x'.decode('utf-16-le', 'replace'), 'x'.encode('punycode'))

import io, itertools, operator, heapq, bisect
print(list(itertools.islice(itertools.count(), 3)), io.StringIO('x').read())

class A:
    def __eq__(self, o): raise ValueError(o)
    def __hash__(self): return 1
print({A(): 1} == {A(): 1})

t = type(int)
X = t('X', (), {'__getattr__': lambda s, n: n, '__reduce__': lambda s: (print, ('x',))})
import copy
print(copy.copy(X()))
""".strip().split("\n\n")


# What the text can reach on the Python that runs this.

_SAMPLES = """
import ast, collections, contextlib, datetime, decimal, difflib, enum, fractions, functools, hashlib, io, itertools
import json, random, re, string, struct, sys, time, types, typing, urllib.parse, uuid
made = [io.StringIO("x"), io.BytesIO(b"x"), collections.Counter("a"), collections.deque([1]), re.search("a(b)", "ab"),
        collections.OrderedDict(), collections.defaultdict(list), collections.ChainMap({}), re.compile("a"),
        collections.namedtuple("P", "x y")(1, 2), re.finditer("a", "a"), hashlib.sha256(b""), random.Random(1),
        string.Template("$x"), functools.partial(int, "1"), contextlib.suppress(ValueError), contextlib.nullcontext(),
        types.SimpleNamespace(a=1), uuid.uuid4(), urllib.parse.urlparse("http://a/b"), struct.Struct("i"),
        difflib.SequenceMatcher(None, "a", "b"), datetime.datetime.now(), datetime.timedelta(1), datetime.timezone.utc,
        decimal.Decimal(1), decimal.getcontext(), decimal.localcontext(), fractions.Fraction(1, 2), (i for i in [1]),
        iter([1]), zip([1]), map(str, [1]), itertools.groupby([1]), functools.cmp_to_key(lambda a, b: 0)(1),
        ast.parse("x"), time.localtime(), property(lambda s: 1), lambda x: x, {}.keys(), bytearray(b"1"), range(3),
        slice(1), typing.List["x"], typing.Union["x", int], int | str, list[int], sys.stdin, sys.stdout, super]
@functools.lru_cache
def cached(x): return x
@contextlib.contextmanager
def manager(): yield 1
class E(enum.Enum): A = 1
class F(enum.IntFlag): A = 1
class C:
    def m(self): pass
    @property
    def q(self): return 1
made += [cached, manager(), E.A, F.A, E, F, C, C(), C().m]
for text in ("{}[1]", "sys.nope", "json.loads('{')", "b'\\\\xff'.decode()", "int('x')", "next(iter([]))"):
    try: eval(text)
    except Exception as error: made.append(error)
"""
_WALK = """
import builtins, importlib, io, json, sys, types
names, hazards, prefixes = json.loads(sys.argv[1]), set(json.loads(sys.argv[2])), tuple(json.loads(sys.argv[3]))
scope = {}
exec(names["samples"], scope)
made = scope["made"] + [type(one) for one in scope["made"]]
queue = [(repr(type(one)), one) for one in made]
for module, table in names["modules"].items():
    found = importlib.import_module(module)
    queue += [(f"{module}.{name}", getattr(found, name)) for name in table if hasattr(found, name)]
queue += [(name, getattr(builtins, name)) for name in names["builtins"] if hasattr(builtins, name)]
LEAVES = (int, str, float, complex, bytes, bool, type(None))
METHODS = (types.BuiltinMethodType, types.MethodWrapperType, types.MethodType, types.WrapperDescriptorType,
           types.MethodDescriptorType, types.FunctionType, type)
WAYS_OUT = (types.ModuleType, types.FrameType, types.CodeType, types.TracebackType, io.FileIO)
EVIL = {eval, exec, compile, open, input, __import__, getattr, setattr, globals, vars}
seen, kept = {}, []
for path, one in queue:
    if type(one) in LEAVES or path.count(" . ") > 3:
        continue
    named = isinstance(one, METHODS) and hasattr(one, "__qualname__")
    key = (type(one).__name__, one.__qualname__) if named else id(one)
    if key in seen:
        continue
    seen[key] = path
    kept.append(one)
    if isinstance(one, WAYS_OUT) or any(one is evil for evil in EVIL):
        print(path, getattr(one, "__name__", "") if callable(one) else type(one).__name__)
        continue
    for name in dir(one):
        if name in hazards or name.startswith(prefixes) or (name.startswith("__") and name not in names["readable"]):
            continue
        try:
            value = getattr(one, name)
        except Exception:
            continue
        queue.append((path + " . " + name, value))
print(len(kept))
"""


def _reachable(hazards: frozenset[str], prefixes: tuple[str, ...]) -> tuple[list[str], int]:
    tables = {
        "samples": _SAMPLES,
        "modules": {module: sorted(table) for module, table in names.MODULES.items() if module not in names.OUTSIDE},
        "builtins": sorted(names.BUILTINS),
        "readable": sorted(names.READABLE),
    }
    done = subprocess.run(
        [sys.executable, "-I", "-c", _WALK, json.dumps(tables), json.dumps(sorted(hazards)), json.dumps(prefixes)],
        capture_output=True, text=True, timeout=60, check=True, input="",
    )  # fmt: skip
    *found, count = done.stdout.splitlines()
    return found, int(count)


def test_nothing_that_a_text_reaches_leads_out() -> None:
    """From the listed names, by any attribute but the refused ones, there is no way to a module, frame or file."""
    found, count = _reachable(names.HAZARDS, names.HAZARD_PREFIXES)
    assert found == []
    assert count > 1000  # the walk did walk


def test_the_refused_attributes_are_what_bars_the_way() -> None:
    """Without the hazards the same walk finds files, frames and code."""
    found, _ = _reachable(frozenset({"modules"}), ("no_such_prefix",))
    assert {line.rpartition(" ")[2] for line in found} >= {"FileIO", "frame", "code"}


# What harmless text does when it runs.

_WATCH = """
import json, sys
import _strptime, collections, encodings.idna, locale, traceback, linecache, tokenize
texts, modules = json.load(sys.stdin), json.loads(sys.argv[1])
import importlib, io, types
for name in modules:
    importlib.import_module(name)
sys.stdin = io.StringIO("{}")
events, on = [], False
QUIET = ("sys._getframe", "object.__getattr__", "object.__setattr__", "object.__delattr__", "time.sleep", "builtins.id")
def hook(event, args):
    if not on or event in QUIET:
        return
    caller = sys._getframe(1).f_globals.get("__name__", "")
    standard = sys.stdlib_module_names - {"os", "subprocess", "socket", "ctypes"}
    if event == "import" and args[0].partition(".")[0] in standard:
        return
    if event in ("compile", "exec") and caller in ("collections", "ast", "importlib._bootstrap"):
        return
    loading = event in ("open", "marshal.loads", "os.listdir", "compile", "exec")
    if caller == "importlib._bootstrap_external" and loading:
        return  # modules that Python's own load late
    if event == "compile" and (args[1] == "<unknown>" or caller == "typing"):
        return  # `ast.parse`; a forward reference, which nothing evaluates
    events.append([text, event, repr(args)[:200]])
sys.addaudithook(hook)
out = sys.stdout
for text in texts:
    sys.stdout = io.StringIO()
    code = compile(text, "<text>", "exec")
    # A call of `exec` would be an event of its own.
    function = types.FunctionType(code, {"__name__": "__main__"})
    try:
        on = True
        function()
    except BaseException:
        pass
    finally:
        on = False
sys.stdout = out
print(json.dumps(events))
"""


def _events(texts: list[str]) -> list[list[str]]:
    modules = [module for module in names.MODULES if module not in names.OUTSIDE]
    done = subprocess.run(
        [sys.executable, "-I", "-W", "ignore", "-c", _WATCH, json.dumps(modules)],
        capture_output=True, text=True, timeout=60, check=True, input=json.dumps(texts),
    )  # fmt: skip
    events: list[list[str]] = json.loads(done.stdout)
    return events


def test_harmless_text_touches_nothing_when_it_runs() -> None:
    """The texts above, run under an audit hook, open no file and start, import and contact nothing."""
    assert [harmless(text) for text in TEXTS] == [""] * len(TEXTS)
    assert _events(TEXTS) == []


@pytest.mark.parametrize(
    "text", ["open('/dev/null')", "eval('1')", "import os; os.listdir('.')", "import socket; socket.socket()"]
)
def test_the_audit_hook_sees_what_is_refused(text: str) -> None:
    """The hook of these tests does report a file, code, a directory and a socket."""
    assert harmless(text)
    assert _events([text])


_VALUES = """1 'a' b'a' [1] {} x y print str int list f A A() sys os re sys.stdout sys.argv type(x) object super open
eval json.dumps os.path copy __builtins__ namedtuple('P','x') (lambda:x) sys.stdin re.compile('a') re.sub
json.loads""".split()
_ATTRIBUTE_NAMES = sorted(names.ATTRIBUTES | names.HAZARDS | names.READABLE)
_ATTRIBUTE_NAMES += """__class__ __dict__ __globals__ __subclasses__ __code__ __self__ __getattribute__ __reduce__ _x
system popen modules path stdin loads sub join""".split()
_WIDER = ["{0}.{a}", "{0}({1})", "{0}()", "{0}[{1}]", "getattr({0}, '{a}')", "({0} + {1})", "map({0}, [{1}])",
          "[{0}, {1}]", "({0} for i in [1])", "(lambda *a: {0})", "print({0})",
    "f'{{{v}!r}}'", "{0}.{l}({1})", "{0}.{l}"]  # fmt: skip
_STATEMENTS = [
    "{0}", "print({0}, {1})", "x = {0}", "y = list({0})", "x.{a} = {0}", "match x:\n    case object({a}=y): y",
    "class A:\n    _x = {0}\n    def {a}(self, *a): return {1}\nx = A()", "@{0}\ndef f(*a): return {1}",
    "try: {0}\nexcept Exception as y: {1}", "for x in {0}: {1}", "with {0} as x: {1}",
    "def f(*a):\n    yield {0}\nx = f({1})",
]  # fmt: skip
_PRELUDE = "import sys, os, re, json, copy\nfrom collections import namedtuple\nx = y = 1\nf = A = str\n"


def _fill(form: str, chance: random.Random, depth: int) -> str:
    parts = [_expression(chance, depth - 1), _expression(chance, depth - 1)]
    listed = chance.choice(sorted(names.ATTRIBUTES))
    return form.format(*parts, a=chance.choice(_ATTRIBUTE_NAMES), l=listed, v=chance.choice("xyfA"))


def _expression(chance: random.Random, depth: int) -> str:
    if depth <= 0 or chance.random() < 0.4:
        return chance.choice(_VALUES)
    return _fill(chance.choice(_WIDER), chance, depth)


@settings(max_examples=3, deadline=None)
@given(st.randoms(use_true_random=True))
def test_generated_text_that_is_harmless_touches_nothing(chance: random.Random) -> None:
    """Whatever generated text is judged harmless, running it touches nothing."""
    texts = [
        _PRELUDE + "\n".join(_fill(chance.choice(_STATEMENTS), chance, 3) for _ in range(chance.randint(1, 3)))
        for _ in range(2_000)
    ]
    judged = [text for text in texts if not harmless(text)]
    assert 100 < len(judged) < len(texts) - 100
    assert _events(judged) == []
