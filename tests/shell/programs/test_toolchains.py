"""Command lines of the family `toolchains`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("mvn test -Dtest=FooTest -q", ["execute /p recursive", "network <dynamic>"]),
    ("mvn -B clean verify -DskipTests", ["execute /p recursive", "network <dynamic>"]),
    ("mvn --version", ["execute /p"]),
    ("mvn -f sub/pom.xml package", ["execute /p recursive", "network <dynamic>", "execute /p/sub/pom.xml"]),
    ("mvn dependency:tree", ["execute /p recursive", "network <dynamic>"]),
    ("gradle build -x test", ["execute /p recursive", "network <dynamic>"]),
    ("gradle test --tests Foo -Pa=b", ["execute /p recursive", "network <dynamic>"]),
    ("gradle --version", []),
    ("java -version", []),
    ("java -jar app.jar --x", ["execute /p/app.jar"]),
    (
        "java -cp lib/*:classes Main",
        ["execute /p/lib recursive", "execute /p/classes recursive", "execute /p recursive"],
    ),
    ("java -Xmx2g -ea Main", ["execute /p recursive"]),
    ("java Main.java", ["execute /p recursive", "execute /p/Main.java"]),
    ("javac -d out src/A.java", ["write /p/out via -d", "execute /p recursive", "read /p/src/A.java"]),
    (
        "javac -cp libs A.java",
        ["execute /p recursive", "execute /p/libs recursive", "read /p/A.java", "write /p recursive"],
    ),
    ("javap -c A", ["read /p/A"]),
    ("jar tf a.jar", ["read /p/a.jar"]),
    ("dotnet --info", []),
    ("dotnet build -c Release", ["execute /p recursive", "network <dynamic>"]),
    ("dotnet test --filter X --no-build", ["execute /p recursive", "network <dynamic>"]),
    ("dotnet list package --outdated", ["execute /p recursive", "network <dynamic>"]),
    ("gem list", ["execute /p recursive"]),
    ("gem install x", ["system installs packages", "execute package scripts", "network <dynamic>"]),
    ("gem outdated", ["execute /p recursive", "network <dynamic>"]),
    ("gem push x.gem", ["execute /p recursive", "system publishes or deploys", "network <dynamic>"]),
    ("bundle exec rspec", ["execute /p recursive", "payload bundle exec: rspec"]),
    ("bundle exec rake db:drop", ["execute /p recursive", "execute rake"]),
    (
        "bundle install",
        [
            "execute /p recursive",
            "write /p recursive",
            "system installs packages",
            "execute package scripts",
            "network <dynamic>",
        ],
    ),
    (
        "bundle",
        [
            "execute /p recursive",
            "write /p recursive",
            "system installs packages",
            "execute package scripts",
            "network <dynamic>",
        ],
    ),
    ("bundle show", ["execute /p recursive"]),
    ("bundle config list", ["read /p"]),
    ("composer show", ["execute /p recursive"]),
    (
        "composer install",
        [
            "execute /p recursive",
            "write /p recursive",
            "system installs packages",
            "execute package scripts",
            "network <dynamic>",
        ],
    ),
    ("composer --version", ["execute /p"]),
    ("rustup show", ["execute /p"]),
    ("rustup toolchain list", []),
    ("rustup target add x", ["system installs packages", "execute package scripts", "network <dynamic>"]),
    ("rustup update", ["system installs packages", "execute package scripts", "network <dynamic>"]),
    ("rustup which rustc", ["execute /p"]),
    ("rustup check", ["network <dynamic>"]),
    ("rustup --version", []),
    ("gradle check :app:testDebugUnitTest -x lint", ["execute /p recursive", "network <dynamic>"]),
    ("javap -c A.class", ["read /p/A.class"]),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    (
        "mvn test deploy",
        ["execute /p recursive", "network <dynamic>", "unknown `deploy` may deploy or run any plug-in via deploy"],
    ),
]

OPAQUE = [
    "gradle pub",
    "gradle build pTML",
    "gradle frobnicate",
    "dotnet build @x",
    "dotnet build -l:Logger,x.dll",
    "dotnet test --logger 'trx;LogFileName=../x'",
    "javap @x",
    "mvn deploy",
    "mvn test deploy",
    "mvn exec:java",
    "mvn test -Dmaven.ext.class.path=evil.jar",
    "mvn test -DargLine=-javaagent:x",
    "mvn test -Dexec.executable=x",
    'mvn "$X"',
    "mvn --frobnicate",
    "gradle publish",
    "gradle -Dx=y build",
    "gradle --scan build",
    "gradle uploadArchives",
    "java",
    "java -javaagent:x Main",
    "java -XX:OnOutOfMemoryError=id Main",
    "java @args",
    "java -agentpath:x Main",
    "java $X",
    "javac -processor Evil A.java",
    "javac @args",
    "javac -J-javaagent:x A.java",
    "jar xf a.jar",
    "jar cf a.jar b",
    "dotnet run",
    "dotnet build -p:PreBuildEvent=id",
    "dotnet test /p:X=y",
    "dotnet nuget push x",
    "dotnet tool install x",
    "gem --frobnicate",
    'bundle exec "$X"',
    "bundle config set x y",
    "bundle gem x",
    "composer exec x",
    "composer run-script x",
    "composer global require x",
    "rustup run nightly id",
    "rustup $X",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Queries are known, builds run the project, publishing needs a rule that names it."""
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
