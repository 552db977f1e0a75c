"""Command lines of the family `pythontools`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

CODE = "execute /p recursive"
SERVES = [CODE, "system listens for connections"]
CHANGES = ["system installs packages, or changes the project and its repository"]
READ = " recursive only=*.py,*.pyi,*.ipynb,*.toml,*.cfg"

KNOWN: list[tuple[str, list[str]]] = [
    ("django-admin --version", []),
    ("django-admin check --deploy", [CODE]),
    ("django-admin own_command --settings=x.settings", [CODE]),
    ("django-admin startproject x", [CODE, "write /p recursive"]),
    ("django-admin startapp x ../y", [CODE, "write /p recursive", "write /y recursive"]),
    ("django-admin migrate", [CODE, "system changes the data base or files: migrate"]),
    ("django-admin flush --no-input", [CODE, "system changes the data base or files: flush"]),
    ("django-admin runserver", SERVES),
    ("django-admin sendtestemail a@b.c", [CODE, "network <dynamic>"]),
    ("django-admin dumpdata -o ../x", [CODE, "write /x via --output"]),
    ("django-admin dumpdata --outp=../x", [CODE, "write /x via --output"]),
    ("django-admin check --pythonpath ../x", [CODE, "execute /x via --pythonpath"]),
    ("flask routes", [CODE]),
    ("flask run --debug", SERVES),
    ("flask --app x db upgrade", [CODE, "system changes the data base"]),
    ("flask db history", [CODE]),
    ("uvicorn app:app", SERVES),
    ("uvicorn --version", []),
    ("gunicorn -c conf.py app:app", SERVES),
    ("hypercorn app:app", SERVES),
    ("daphne app:app", SERVES),
    ("waitress-serve app:app", SERVES),
    ("streamlit run x.py", SERVES),
    ("fastapi dev", SERVES),
    ("litestar run", SERVES),
    ("celery -A proj worker", [CODE, "network <dynamic>", "system runs or steers tasks"]),
    ("celery -A proj purge -f", [CODE, "network <dynamic>", "system runs or steers tasks"]),
    ("celery -A proj status", [CODE, "network <dynamic>"]),
    ("alembic current", [CODE, "network <dynamic>"]),
    ("alembic history -v", [CODE, "network <dynamic>"]),
    ("alembic upgrade head", [CODE, "network <dynamic>", "system changes the data base"]),
    ("alembic upgrade head --sql", [CODE, "network <dynamic>"]),
    ("alembic revision -m x --autogenerate", [CODE, "network <dynamic>", "write /p recursive"]),
    ("alembic -c ../x.ini current", ["execute /x.ini via -c", CODE, "network <dynamic>"]),
    ("invoke build", [CODE]),
    ("inv build", [CODE]),
    ("fab deploy", [CODE]),
    ("doit", [CODE]),
    ("pip-compile -o out.txt in.txt", ["write /p/out.txt via -o", CODE, "execute package scripts", "network <dynamic>",
                                       "read /p/in.txt"]),
    ("pip-sync", CHANGES),
    ("bump2version patch", CHANGES),
    ("bumpversion patch", CHANGES),
    ("cz bump", CHANGES),
    ("towncrier build", CHANGES),
    ("cookiecutter x", CHANGES),
    ("copier copy a b", CHANGES),
    ("twine check dist/a.whl", ["read /p/dist/a.whl"]),
    ("twine upload dist/a.whl", ["system publishes packages", "network <dynamic>"]),
    ("pyproject-build -o out", ["write /p/out via -o", CODE, "system installs packages", "execute package scripts",
                                "network <dynamic>"]),
    ("radon cc -s src", [f"read /p/src{READ}"]),
    ("radon mi", [f"read /p{READ}"]),
    ("interrogate -v src", [f"read /p/src{READ}"]),
    ("interrogate -o out src", ["write /p/out via -o", f"read /p/src{READ}"]),
    ("pyproject-fmt pyproject.toml", ["write /p/pyproject.toml recursive only=*.py"]),
    ("pyproject-fmt ../pyproject.toml", ["write /pyproject.toml recursive only=*.py via ../pyproject.toml"]),
    ("ty check", [CODE]),
    ("pyre check", [CODE]),
    ("pytype src", [CODE]),
    ("pyrefly check", [CODE]),
    ("pydoc json", [CODE]),
    ("pydoc3 json", [CODE]),
]  # fmt: skip

OPAQUE = [
    "django-admin shell -c x",
    "django-admin dbshell",
    "django-admin runscript x",
    "django-admin $X",
    "django-admin --settings x flush",
    "flask shell",
    "flask -e .env run",
    "flask $X",
    "alembic frobnicate",
    "alembic upgrade --frobnicate",
    "pip-compile --pip-args x",
    "pip-audit",
    "safety check",
    "semgrep scan",
    "radon cc -O ../x src",
    "pydoc -w json",
    "pydoc -p 1",
    "ipython -c x",
    "jupyter notebook",
    "jupyter-lab",
    "jupyter-notebook",
    "bpython",
    "ptpython",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """All of these load the project's code; what changes, listens or publishes is named."""
    assert run(line) == expected
    assert not opaque(line)


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """Consoles, shells of data bases and unknown options are opaque."""
    assert opaque(line)
