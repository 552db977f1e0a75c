"""Python text that is known to be harmless: it only computes and prints. Everything else is refused, with a reason.

The syntax tree is held against allow-lists (`python_names`), whatever the flow of control: a name, an attribute or a
kind of node that is in no list refuses the text. Two modes:

- Texts that import only listed modules may define functions and classes and call what they like, since everything
  that they can reach is harmless.
- Texts that import other modules run those modules' code, which the caller accounts for. Nothing is known of
  what such a module offers, so these texts may look at it and print it, but call none of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Callable, Mapping, NamedTuple

from callgate.shell import python_names as names

if TYPE_CHECKING:
    import ast

MAX_TEXT = 20_000
"""Characters; reading a text of this size takes some 30 ms."""


class Reading(NamedTuple):
    """What is known of a Python text."""

    problem: str
    """Why it is not known to be harmless: the construct and its line. Empty when running it only computes and prints."""
    outside: tuple[str, ...] = ()
    """Modules that it imports and that do not come with Python, sorted: importing them runs their code."""


class _Refused(Exception):
    """A construct that is in no list."""


def harmless(text: str) -> str:
    """Return why running *text* may do more than compute and print; the empty string when it cannot.

    Importing a module runs it: see `Reading.outside`, and mind that Python looks in the working directory first.
    """
    return examine(text).problem


def examine(text: str) -> Reading:
    """Read *text* as Python and tell what running it may do. Never raises, never runs anything."""
    # Which bytes a coding line or the locale makes of other characters is not known, and some swallow a quote.
    if len(text) > MAX_TEXT:
        return Reading(f"more than {MAX_TEXT} characters of Python")
    if not text.isascii() or any(char < " " and char not in "\n\t" for char in text) or "\x7f" in text:
        return Reading("characters that Python may read differently")
    if any(_CODING.match(line) for line in text.split("\n", 2)[:2]):
        return Reading("a line that sets the encoding of the source")
    tree = _parse(text)
    if tree is None:
        return Reading("the Python syntax is not understood")
    reader = _Reader()
    try:
        reader.collect(tree)
        reader.check(tree)
    except _Refused as error:
        return Reading(str(error))
    return Reading("", tuple(sorted(reader.outside)))


_CODING = re.compile(r"[ \t]*#.*?coding[:=]")


def _parse(text: str) -> ast.Module | None:
    import ast  # noqa: PLC0415 - only where there is Python text
    import warnings  # noqa: PLC0415 - see above

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `'\d'` is a matter for whoever runs the text
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


# Nodes that mean nothing by themselves: what they hold is looked at in its own right.
_PLAIN = frozenset("""
Module Expr Assign AugAssign AnnAssign NamedExpr Delete Return Pass Break Continue If IfExp For While With withitem
Raise Try TryStar Assert Lambda arguments Constant JoinedStr FormattedValue Tuple List Set Dict ListComp SetComp
DictComp GeneratorExp comprehension BoolOp BinOp UnaryOp Compare Subscript Slice Starred keyword Yield YieldFrom alias
Load Store Del And Or Add Sub Mult Div FloorDiv Mod Pow MatMult LShift RShift BitOr BitXor BitAnd Invert Not UAdd USub
Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn Match match_case MatchValue MatchSingleton MatchSequence MatchOr
""".split())

# The nodes of a text that imports modules of which nothing is known.
_LOOKING = frozenset("""
Module Expr Assign Name Attribute Call Import ImportFrom alias keyword Constant JoinedStr FormattedValue Tuple List Set
Dict Compare BoolOp BinOp UnaryOp Not And Or Add Mod Eq NotEq Is IsNot In NotIn Load Store Try ExceptHandler If IfExp
Pass
""".split())

_REPLACEMENT = re.compile(r"\{\{|\}\}|\{\w*(?:![rsa])?(?::(?:[^{}]|\{\w*\})*)?\}")
_PATTERN_CLASSES = frozenset("bool bytes bytearray dict float frozenset int list set str tuple".split())


class _Reader:
    """Holds one text's names; `collect` finds them, `check` then looks at every node."""

    def __init__(self) -> None:
        self.modules: dict[str, str] = {}
        self.bound: set[str] = set()
        self.own: set[str] = set()
        self.outside: set[str] = set()
        self.looking = False
        self.approved: set[ast.AST] = set()

    # Names that the text makes

    def collect(self, tree: ast.Module) -> None:
        """Find the modules that are imported, and the names and attributes that the text defines anywhere."""
        import ast  # noqa: PLC0415 - loaded already

        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self._import(node)
            elif isinstance(node, ast.ImportFrom):
                self._import_from(node)
            elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                self._bind(node.id, node)
            elif isinstance(node, (ast.arg, ast.keyword)):
                if isinstance(node, ast.arg):
                    self._bind(node.arg, node)
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                self._bind(node.name, node)
                if isinstance(node, ast.ClassDef):
                    self._members(node)
            elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
                self._bind(node.name, node)
            elif isinstance(node, ast.MatchMapping) and node.rest:
                self._bind(node.rest, node)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                self.own.add(node.attr)
            elif isinstance(node, ast.Call):
                self._fields(node)
        for name in self.bound & self.modules.keys():
            raise _Refused(f"`{name}` is a module and something else")

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name.partition(".")[0]
            path = self._known_module(alias.name, node)
            if path:
                self._module(alias.asname or top, alias.name if alias.asname else top, node)
            else:
                self._outside(alias.name, node)
                self._bind(alias.asname or top, node)

    def _import_from(self, node: ast.ImportFrom) -> None:
        path = node.module or ""
        if path == "__future__":
            return
        if node.level or any(alias.name == "*" for alias in node.names):
            raise _at(node, "a relative import or one of everything")
        listed = path in names.MODULES or any(known.startswith(f"{path}.") for known in names.MODULES)
        if not listed:
            self._outside(path, node)
        for alias in node.names:
            name = alias.asname or alias.name
            if not listed:
                self._seen(alias.name, node)
                self._bind(name, node)
            elif f"{path}.{alias.name}" in names.MODULES:
                self._module(name, f"{path}.{alias.name}", node)
            elif alias.name in names.MODULES.get(path, ()):
                self._bind(name, node)
            else:
                raise _at(node, f"the import of `{path}.{alias.name}`")
        if path.partition(".")[0] in names.OUTSIDE:
            self.outside.add(path)

    def _known_module(self, path: str, node: ast.AST) -> bool:
        if path in names.MODULES:
            if path in names.OUTSIDE:
                self.outside.add(path)
            return True
        if path.partition(".")[0] in names.OUTSIDE:
            raise _at(node, f"the import of `{path}`")
        return False

    def _module(self, name: str, path: str, node: ast.AST) -> None:
        if self.modules.setdefault(name, path) != path or name in names.FIXED | names.BUILTINS:
            raise _at(node, f"`{name}` as the name of a module")

    def _outside(self, path: str, node: ast.AST) -> None:
        import sys  # noqa: PLC0415 - a table of names, nothing of the host

        parts = path.split(".")
        standard = parts[0] in sys.stdlib_module_names or parts[0] in names.FORMER
        if standard or parts[0] in names.OUTSIDE or any(part.startswith("__") for part in parts):
            raise _at(node, f"the import of `{path}`")
        for part in parts[1:]:
            self._seen(part, node)
        self.looking = True
        self.outside.add(path)

    def _bind(self, name: str, node: ast.AST) -> None:
        if name in names.REFUSED or name in names.FIXED:
            raise _at(node, f"`{name}` as a name of the text's own")
        self.bound.add(name)

    def _members(self, node: ast.ClassDef) -> None:
        import ast  # noqa: PLC0415 - loaded already

        for statement in node.body:
            if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                self.own.add(statement.name)
            else:
                self.own |= {
                    inner.id
                    for inner in ast.walk(statement)
                    if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
                }

    def _fields(self, node: ast.Call) -> None:
        """The fields of a `namedtuple` or `SimpleNamespace` are attributes that the text defines."""
        import ast  # noqa: PLC0415 - loaded already

        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if called == "SimpleNamespace":
            self.own |= {keyword.arg for keyword in node.keywords if keyword.arg}
        elif called == "namedtuple":
            for argument in node.args[1:2]:
                for inner in ast.walk(argument):
                    if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                        self.own.update(inner.value.replace(",", " ").split())

    # Looking at every node

    def check(self, tree: ast.Module) -> None:
        """Refuse the text unless every node is in the lists."""
        import ast  # noqa: PLC0415 - loaded already

        # Not recursive: `1+1+…` is as deep as it is long. Parents come first, for they approve of children.
        stack: list[ast.AST] = [tree]
        while stack:
            node = stack.pop()
            kind = type(node).__name__
            if self.looking and kind not in _LOOKING:
                raise _at(node, f"{_spelled(kind)} beside modules that are not known")
            handler = _HANDLERS.get(kind)
            if handler is not None:
                handler(self, node)
            elif kind not in _PLAIN:
                raise _at(node, _spelled(kind))
            stack.extend(ast.iter_child_nodes(node))

    def name(self, node: ast.Name) -> None:
        """A name must be the text's own or an allowed builtin; a module is no value."""
        name = node.id
        if node in self.approved:
            return
        if name in self.modules:
            raise _at(node, f"the module `{name}` as a value")
        if name.startswith("__") and not self._special_name(node):
            raise _at(node, f"the name `{name}`")
        if name not in self.bound and name not in names.BUILTINS and not name.startswith("__"):
            raise _at(node, f"the name `{name}`")

    def _special_name(self, node: ast.Name) -> bool:
        if type(node.ctx).__name__ == "Load":
            return node.id in {"__name__", "__doc__", "__debug__"} | names.METHODS
        return node.id in {"__slots__", "__version__", "__all__"} | names.METHODS

    def path_of(self, node: ast.AST) -> str:
        """Return the dotted path when *node* names an imported module or a package on the way to one, or ''."""
        import ast  # noqa: PLC0415 - loaded already

        if isinstance(node, ast.Name):
            return self.modules.get(node.id, "")
        if isinstance(node, ast.Attribute):
            base = self.path_of(node.value) if isinstance(node.value, (ast.Name, ast.Attribute)) else ""
            path = f"{base}.{node.attr}"
            return path if base and path in names.MODULES else ""
        return ""

    def attribute(self, node: ast.Attribute) -> None:
        """An attribute of a module must be in its table, one of a value in the common one or the text's own."""
        if self._deep(node):
            raise _at(node, "attributes of attributes beyond count")
        path = self.path_of(node.value)
        stores = type(node.ctx).__name__ != "Load"
        if path:
            self.approved.add(node.value)
            if stores or not (self._of_module(path, node.attr) or (node in self.approved and self.path_of(node))):
                raise _at(node, f"`{path}.{node.attr}`")
        elif node.attr == "format":
            self._format(node)
        elif stores:
            if self._hazard(node.attr) or node.attr.startswith("__"):
                raise _at(node, f"an assignment to the attribute `{node.attr}`")
        else:
            self.value_attribute(node.attr, node)

    def _deep(self, node: ast.Attribute) -> bool:
        depth = 0
        inner: ast.AST = node
        while type(inner).__name__ == "Attribute":
            inner = inner.value  # type: ignore[attr-defined]
            depth += 1
            if depth > _MAX_CHAIN:
                return True
        return False

    def _of_module(self, path: str, attribute: str) -> bool:
        return attribute in names.MODULES.get(path, ()) or attribute in {"__name__", "__doc__"}

    def value_attribute(self, attribute: str, node: ast.AST) -> None:
        """Refuse to read *attribute* of a value unless that leads nowhere."""
        if self.looking:
            self._seen(attribute, node)
            return
        listed = attribute in (names.READABLE if attribute.startswith("__") else names.ATTRIBUTES)
        own = attribute in self.own and not attribute.startswith("__") and not self._hazard(attribute)
        if not listed and not own:
            raise _at(node, f"the attribute `{attribute}`")

    def _seen(self, attribute: str, node: ast.AST) -> None:
        """Refuse to look at *attribute* of a module (or a value of one) of which nothing is known."""
        import sys  # noqa: PLC0415 - a table of names, nothing of the host

        hidden = attribute.startswith("__") and attribute not in names.READABLE - names.METHODS
        if hidden or self._hazard(attribute) or attribute in sys.stdlib_module_names or attribute in names.REFUSED:
            raise _at(node, f"the attribute `{attribute}`")

    def _hazard(self, attribute: str) -> bool:
        return attribute in names.HAZARDS or attribute.startswith(names.HAZARD_PREFIXES)

    def _format(self, node: ast.Attribute) -> None:
        """`str.format` reads attributes that its text names, so the text must be there and name none."""
        text = getattr(node.value, "value", None)
        constant = type(node.value).__name__ == "Constant" and isinstance(text, str)
        if self.looking or not constant or set(_REPLACEMENT.sub("", str(text))) & set("{}"):
            raise _at(node, "`format` of a text that is not plain")

    def call(self, node: ast.Call) -> None:
        """Approve of the builtins that may only be called; they are known by name, which nothing rebinds."""
        import ast  # noqa: PLC0415 - loaded already

        func = node.func
        plain = not node.keywords and not any(isinstance(argument, ast.Starred) for argument in node.args)
        name = func.id if isinstance(func, ast.Name) else ""
        first, second = [*node.args[:2], None, None][:2]
        if name == "type" and plain and len(node.args) == 1:
            self.approved.add(func)
        elif name == "getattr" and plain and len(node.args) in {2, 3} and not self.looking:
            self._getattr(node, first, second)
        elif name in {"isinstance", "issubclass"} and isinstance(second, ast.Name) and second.id == "type":
            self.approved.add(second)
        elif name in {"print", "repr", "str", "dir"} or (name == "hasattr" and isinstance(second, ast.Constant)):
            shown = node.args if name == "print" else node.args[:1]
            self.approved.update(one for one in shown if isinstance(one, ast.Name) and one.id in self.modules)
        if self.looking:
            self._looking_call(node, name)

    def _getattr(self, node: ast.Call, base: ast.AST | None, attribute: ast.AST | None) -> None:
        text = getattr(attribute, "value", None)
        if base is None or type(attribute).__name__ != "Constant" or not isinstance(text, str):
            raise _at(node, "`getattr` of a name that is worked out")
        path = self.path_of(base)
        if path and self._of_module(path, text):
            self.approved.add(base)
        elif path or text == "format":
            raise _at(node, f"`getattr` of `{text}`")
        else:
            self.value_attribute(text, node)
        self.approved.add(node.func)

    def _looking_call(self, node: ast.Call, name: str) -> None:
        if name in names.INSPECTORS:
            for keyword in node.keywords:
                stream = keyword.arg == "file" and ast_path(keyword.value) in _STREAMS and self.modules.get("sys") == "sys"
                if name != "print" or not (stream or keyword.arg in {"sep", "end", "flush"}):
                    raise _at(node, f"`{name}` with an option beside modules that are not known")
            return
        if type(node.func).__name__ == "Attribute" and self.path_of(node.func.value) == "os.path":  # type: ignore[attr-defined]
            return
        raise _at(node, f"a call of `{ast_path(node.func) or 'something'}`, of which nothing is known")

    def function(self, node: ast.FunctionDef) -> None:
        """A function of a special name is called by Python itself, with what Python likes."""
        if node.name.startswith("__") and node.name not in names.METHODS:
            raise _at(node, f"the definition of `{node.name}`")

    def class_(self, node: ast.ClassDef) -> None:
        """A class without metaclass or other options."""
        if node.keywords or node.name.startswith("__"):
            raise _at(node, f"the class `{node.name}` with options or a special name")

    def class_pattern(self, node: ast.MatchClass) -> None:
        """`case C(a=x)` reads attributes, `case C(x)` those that the class says."""
        if node.patterns and getattr(node.cls, "id", "") not in _PATTERN_CLASSES - self.bound:
            raise _at(node, "a class pattern with positions")
        for attribute in node.kwd_attrs:
            self.value_attribute(attribute, node)
            if attribute == "format":
                raise _at(node, "the attribute `format`")

    def operation(self, node: ast.BinOp) -> None:
        """An operator on a value of which nothing is known may do anything."""
        if self.looking and not isinstance(getattr(node.left, "value", None), str):
            raise _at(node, "an operator on a value of which nothing is known")

    def nothing(self, node: ast.AST) -> None:
        """Names were looked at when they were collected."""

    def declared(self, node: ast.Global | ast.Nonlocal) -> None:
        """`global` makes no name; the names in it are looked at where they are bound or used."""
        for name in node.names:
            if name in self.modules or name.startswith("__"):
                raise _at(node, f"`{name}` declared as a variable")


_MAX_CHAIN = 20
_STREAMS = frozenset({"sys.stdout", "sys.stderr"})


def ast_path(node: ast.AST) -> str:
    """Return `a.b.c` for a name or attributes of one (at most four names), for messages; '' for anything else."""
    parts: list[str] = []
    current: object = node
    while type(current).__name__ == "Attribute" and len(parts) < 4:  # noqa: PLR2004 - as the docstring says
        parts.append(str(getattr(current, "attr", "")))
        current = getattr(current, "value", None)
    identifier = getattr(current, "id", "")
    return ".".join([identifier, *reversed(parts)]) if identifier else ""


def _at(node: ast.AST, what: str) -> _Refused:
    line = getattr(node, "lineno", 0)
    return _Refused(f"{what} in line {line}" if line else what)


def _spelled(kind: str) -> str:
    return f"the construct `{kind}`"


_HANDLERS: Mapping[str, Callable[..., None]] = {
    "Name": _Reader.name, "Attribute": _Reader.attribute, "Call": _Reader.call, "FunctionDef": _Reader.function,
    "ClassDef": _Reader.class_, "MatchClass": _Reader.class_pattern, "BinOp": _Reader.operation,
    "Global": _Reader.declared, "Nonlocal": _Reader.declared,
    **dict.fromkeys(("Import", "ImportFrom", "arg", "ExceptHandler", "MatchAs", "MatchStar", "MatchMapping"),
                    _Reader.nothing),
}  # fmt: skip
