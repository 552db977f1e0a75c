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
from callgate.shell.python_scope import RefusedError, Scope, at, dotted, is_hazard, look

if TYPE_CHECKING:
    import ast

MAX_TEXT = 10_000
"""Characters; reading a text of this size takes up to 25 ms."""


class Reading(NamedTuple):
    """What is known of a Python text."""

    problem: str
    """Why it is not known to be harmless: the construct and its line. Empty when it only computes and prints."""
    outside: tuple[str, ...] = ()
    """Modules that it imports and that do not come with Python, sorted: importing them runs their code."""


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
    scope = Scope()
    try:
        scope.collect(tree)
        _Reader(scope).check(tree)
    except RefusedError as error:
        return Reading(str(error))
    return Reading("", tuple(sorted(scope.outside)))


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
_PLAIN = frozenset(
    """
Module Expr Assign AugAssign AnnAssign NamedExpr Delete Return Pass Break Continue If IfExp For While With withitem
Raise Try TryStar Assert Lambda arguments Constant JoinedStr FormattedValue Tuple List Set Dict ListComp SetComp
DictComp GeneratorExp comprehension BoolOp BinOp UnaryOp Compare Subscript Slice Starred keyword Yield YieldFrom alias
Load Store Del And Or Add Sub Mult Div FloorDiv Mod Pow MatMult LShift RShift BitOr BitXor BitAnd Invert Not UAdd USub
Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn Match match_case MatchValue MatchSingleton MatchSequence MatchOr
""".split()
)

# The nodes of a text that imports modules of which nothing is known.
_LOOKING = frozenset(
    """
Module Expr Assign Name Attribute Call Import ImportFrom alias keyword Constant JoinedStr FormattedValue Tuple List Set
Dict Compare BoolOp BinOp UnaryOp Not USub And Or Add Mod Eq NotEq Is IsNot In NotIn Load Store Try ExceptHandler If
IfExp Pass
""".split()
)

_REPLACEMENT = re.compile(r"\{\{|\}\}|\{\w*(?:![rsa])?(?::(?:[^{}]|\{\w*\})*)?\}")
_PATTERN_CLASSES = frozenset("bool bytes bytearray dict float frozenset int list set str tuple".split())


class _Reader:
    """Holds every node of one text against the lists; `scope` knows the text's own names."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.looking = scope.looking
        self.approved: set[ast.AST] = set()

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
                raise at(node, f"{_spelled(kind)} beside modules that are not known")
            handler = _HANDLERS.get(kind)
            if handler is not None:
                handler(self, node)
            elif kind not in _PLAIN:
                raise at(node, _spelled(kind))
            stack.extend(ast.iter_child_nodes(node))

    def name(self, node: ast.Name) -> None:
        """A name must be the text's own or an allowed builtin; a module is no value."""
        name = node.id
        if node in self.approved:
            return
        if name in self.scope.modules:
            raise at(node, f"the module `{name}` as a value")
        if name.startswith("__") and not self._special_name(node):
            raise at(node, f"the name `{name}`")
        if name not in self.scope.bound and name not in names.BUILTINS and not name.startswith("__"):
            raise at(node, f"the name `{name}`")

    def _special_name(self, node: ast.Name) -> bool:
        if type(node.ctx).__name__ == "Load":
            return node.id in {"__name__", "__doc__", "__debug__"} | names.METHODS
        return node.id in {"__slots__", "__version__", "__all__"} | names.METHODS

    def attribute(self, node: ast.Attribute) -> None:
        """An attribute of a module must be in its table, one of a value in the common one or the text's own."""
        path = self.scope.path_of(node.value)
        stores = type(node.ctx).__name__ != "Load"
        if path:
            self.approved.add(node.value)
            if stores or not (self._of_module(path, node.attr) or (node in self.approved and self.scope.path_of(node))):
                raise at(node, f"`{path}.{node.attr}`")
        elif node.attr == "format":
            self._format(node)
        elif stores:
            if self.looking or is_hazard(node.attr) or node.attr.startswith("__"):
                raise at(node, f"an assignment to the attribute `{node.attr}`")
        else:
            self.value_attribute(node.attr, node)

    def _of_module(self, path: str, attribute: str) -> bool:
        return attribute in names.MODULES.get(path, ()) or attribute in _MODULE_FACTS

    def value_attribute(self, attribute: str, node: ast.AST) -> None:
        """Refuse to read *attribute* of a value unless that leads nowhere."""
        if self.looking:
            look(attribute, node)
            return
        listed = attribute in (names.READABLE if attribute.startswith("__") else names.ATTRIBUTES)
        own = attribute in self.scope.own and not attribute.startswith("__") and not is_hazard(attribute)
        if not listed and not own:
            raise at(node, f"the attribute `{attribute}`")

    def _format(self, node: ast.Attribute) -> None:
        """`str.format` reads attributes that its text names, so the text must be there and name none."""
        text = getattr(node.value, "value", None)
        constant = type(node.value).__name__ == "Constant" and isinstance(text, str)
        if self.looking or not constant or set(_REPLACEMENT.sub("", str(text))) & set("{}"):
            raise at(node, "`format` of a text that is not plain")

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
            self.approved.update(one for one in shown if isinstance(one, ast.Name) and one.id in self.scope.modules)
        if self.looking:
            self._looking_call(node, name)

    def _getattr(self, node: ast.Call, base: ast.AST | None, attribute: ast.AST | None) -> None:
        text = getattr(attribute, "value", None)
        if base is None or type(attribute).__name__ != "Constant" or not isinstance(text, str):
            raise at(node, "`getattr` of a name that is worked out")
        path = self.scope.path_of(base)
        if path and self._of_module(path, text):
            self.approved.add(base)
        elif path or text == "format":
            raise at(node, f"`getattr` of `{text}`")
        else:
            self.value_attribute(text, node)
        self.approved.add(node.func)

    def _looking_call(self, node: ast.Call, name: str) -> None:
        """Beside modules of which nothing is known: builtins that look at a value, and listed functions that do."""
        if name in names.INSPECTORS and name not in self.scope.bound:
            for keyword in node.keywords:
                stream = self.scope.modules.get("sys") == "sys" and dotted(keyword.value) in _STREAMS
                plain = keyword.arg in {"sep", "end", "flush"} or (keyword.arg == "file" and stream)
                if name != "print" or not plain:
                    raise at(node, f"`{name}` with an option beside modules that are not known")
            return
        called = dotted(node.func)
        path = self.scope.path_of(getattr(node.func, "value", node))
        if path in names.CALLABLE or (path == "sys" and called.endswith(".exit")):
            return
        raise at(node, f"a call of `{called or 'something'}`, of which nothing is known")

    def function(self, node: ast.FunctionDef) -> None:
        """A function of a special name is called by Python itself, with what Python likes."""
        if node.name.startswith("__") and node.name not in names.METHODS:
            raise at(node, f"the definition of `{node.name}`")

    def class_(self, node: ast.ClassDef) -> None:
        """A class without metaclass or other options."""
        if node.keywords or node.name.startswith("__"):
            raise at(node, f"the class `{node.name}` with options or a special name")

    def class_pattern(self, node: ast.MatchClass) -> None:
        """`case C(a=x)` reads attributes, `case C(x)` those that the class says."""
        if node.patterns and getattr(node.cls, "id", "") not in _PATTERN_CLASSES - self.scope.bound:
            raise at(node, "a class pattern with positions")
        for attribute in node.kwd_attrs:
            self.value_attribute(attribute, node)
            if attribute == "format":
                raise at(node, "the attribute `format`")

    def operation(self, node: ast.BinOp) -> None:
        """An operator on a value of which nothing is known may do anything."""
        if self.looking and not isinstance(getattr(node.left, "value", None), str):
            raise at(node, "an operator on a value of which nothing is known")

    def sign(self, node: ast.UnaryOp) -> None:
        """A sign in front of a value of which nothing is known is an operator as well; a number may be negative."""
        if self.looking and type(node.op).__name__ != "Not" and type(node.operand).__name__ != "Constant":
            raise at(node, "an operator on a value of which nothing is known")

    def nothing(self, node: ast.AST) -> None:
        """Names were looked at when they were collected."""

    def declared(self, node: ast.Global | ast.Nonlocal) -> None:
        """`global` makes no name; the names in it are looked at where they are bound or used."""
        for name in node.names:
            if name in self.scope.modules or name.startswith("__"):
                raise at(node, f"`{name}` declared as a variable")


_MODULE_FACTS = frozenset({"__name__", "__doc__", "__version__", "__file__"})
_STREAMS = frozenset({"sys.stdout", "sys.stderr"})


def _spelled(kind: str) -> str:
    return f"the construct `{kind}`"


_HANDLERS: Mapping[str, Callable[..., None]] = {
    "Name": _Reader.name, "Attribute": _Reader.attribute, "Call": _Reader.call, "FunctionDef": _Reader.function,
    "ClassDef": _Reader.class_, "MatchClass": _Reader.class_pattern, "BinOp": _Reader.operation,
    "UnaryOp": _Reader.sign, "Global": _Reader.declared, "Nonlocal": _Reader.declared,
    **dict.fromkeys(("Import", "ImportFrom", "arg", "ExceptHandler", "MatchAs", "MatchStar", "MatchMapping"),
                    _Reader.nothing),
}  # fmt: skip
