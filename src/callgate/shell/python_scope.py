"""What a Python text calls by which name: the modules that it imports, and the names and attributes that it defines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callgate.shell import python_names as names

if TYPE_CHECKING:
    import ast


class RefusedError(Exception):
    """A construct that is in no list; the text names it and its line."""


def at(node: ast.AST, what: str) -> RefusedError:
    """Return the error for *what*, with the line where it stands."""
    line = getattr(node, "lineno", 0)
    return RefusedError(f"line {line}: {what}" if line else what)


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a name or attributes of one (at most four names), '' for anything else."""
    parts: list[str] = []
    current: object = node
    while type(current).__name__ == "Attribute" and len(parts) < 4:
        parts.append(str(getattr(current, "attr", "")))
        current = getattr(current, "value", None)
    identifier = getattr(current, "id", "")
    return ".".join([identifier, *reversed(parts)]) if identifier else ""


def is_hazard(attribute: str) -> bool:
    """Whether *attribute* may not be used whoever defines it."""
    return attribute in names.HAZARDS or attribute.startswith(names.HAZARD_PREFIXES)


def is_standard(module: str) -> bool:
    """Whether the top-level *module* comes with some version of Python."""
    import sys  # noqa: PLC0415 - a table of names, nothing of the host

    return module in sys.stdlib_module_names or module in names.FORMER


def look(attribute: str, node: ast.AST) -> None:
    """Refuse to look at *attribute* of a module (or a value of one) of which nothing is known.

    Nothing of it is called, but Python's own modules and the environment are not for looking at either.
    """
    hidden = attribute.startswith("__") and attribute not in names.READABLE - names.METHODS
    if hidden or is_hazard(attribute) or is_standard(attribute) or attribute in names.REFUSED:
        raise at(node, f"the attribute `{attribute}`")


class Scope:
    """The names of one text. Python's scopes are not told apart: a name must mean the same kind of thing everywhere.

    Attributes:
        modules: name -> dotted path of the module that it stands for, and for nothing else.
        bound: every other name that the text binds somewhere.
        own: attributes that the text defines somewhere.
        outside: modules that do not come with Python.
        looking: the text imports a module of which nothing is known.
    """

    def __init__(self) -> None:
        """Start with no names."""
        self.modules: dict[str, str] = {}
        self.bound: set[str] = set()
        self.own: set[str] = set()
        self.outside: set[str] = set()
        self.looking = False

    def path_of(self, node: ast.AST) -> str:
        """Return the dotted path when *node* stands for an imported module (or a package above one), or ''."""
        first, *rest = dotted(node).split(".")
        path = self.modules.get(first, "")
        for part in rest:
            path = f"{path}.{part}" if path else ""
            if path not in names.MODULES:
                return ""
        return path

    def collect(self, tree: ast.Module) -> None:
        """Find every name; raises `RefusedError` for one that would make the checks unsure."""
        import ast  # noqa: PLC0415 - loaded already

        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self._import(node)
            elif isinstance(node, ast.ImportFrom):
                self._import_from(node)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                self.own.add(node.attr)
            elif isinstance(node, ast.Call):
                self._fields(node)
            else:
                self._binding(node)
        for name in self.bound & self.modules.keys():
            raise RefusedError(f"`{name}` is a module and something else")

    def _binding(self, node: ast.AST) -> None:
        import ast  # noqa: PLC0415 - loaded already

        name: str | None = None
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            name = node.id
        elif isinstance(node, ast.arg):
            name = node.arg
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
            name = node.name
        elif isinstance(node, ast.MatchMapping):
            name = node.rest
        if name:
            self._bind(name, node)
        if isinstance(node, ast.ClassDef):
            self._members(node)

    def _bind(self, name: str, node: ast.AST) -> None:
        if name in names.REFUSED or name in names.FIXED:
            raise at(node, f"`{name}` as a name of the text's own")
        self.bound.add(name)

    # Imports

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name.partition(".")[0]
            if alias.name in names.MODULES:
                self._note_outside(alias.name)
                self._module(alias.asname or top, alias.name if alias.asname else top, node)
            else:
                self._unknown(alias.name, node)
                self._bind(alias.asname or top, node)

    def _import_from(self, node: ast.ImportFrom) -> None:
        path = node.module or ""
        if path == "__future__":
            return
        if node.level or any(alias.name == "*" for alias in node.names):
            raise at(node, "a relative import or one of everything")
        listed = path in names.MODULES or any(known.startswith(f"{path}.") for known in names.MODULES)
        if listed:
            self._note_outside(path)
        else:
            self._unknown(path, node)
        for alias in node.names:
            name = alias.asname or alias.name
            if not listed:
                look(alias.name, node)
                self._bind(name, node)
            elif f"{path}.{alias.name}" in names.MODULES:
                self._module(name, f"{path}.{alias.name}", node)
            elif alias.name in names.MODULES.get(path, ()):
                self._bind(name, node)
            else:
                raise at(node, f"the import of `{path}.{alias.name}`")

    def _note_outside(self, path: str) -> None:
        if path in names.OUTSIDE:
            self.looking = True
            self.outside.add(path)

    def _unknown(self, path: str, node: ast.AST) -> None:
        """Take in a module of which nothing is known, unless it is one of Python's: of those much is known."""
        top, *below = path.split(".")
        if is_standard(top) or top in names.OUTSIDE or any(part.startswith("__") for part in (top, *below)):
            raise at(node, f"the import of `{path}`")
        self.looking = True
        self.outside.add(path)

    def _module(self, name: str, path: str, node: ast.AST) -> None:
        if self.modules.setdefault(name, path) != path or name in names.BUILTINS | names.FIXED | names.REFUSED:
            raise at(node, f"`{name}` as the name of a module")
        if name.startswith("__"):  # Python renames it inside of classes
            raise at(node, f"`{name}` as the name of a module")

    # Attributes

    def _members(self, node: ast.ClassDef) -> None:
        import ast  # noqa: PLC0415 - loaded already

        for statement in node.body:
            if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                self.own.add(statement.name)
                continue
            for inner in ast.walk(statement):
                if isinstance(inner, (ast.Import, ast.ImportFrom)):
                    # The module would be an attribute of the class, and thereby a value.
                    raise at(inner, "an import in a class")
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    self.own.add(inner.id)

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
