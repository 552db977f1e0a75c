"""Command lines of the family `infrastructure`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    (
        "terraform fmt",
        [
            "read /p recursive only=*.tf,*.tfvars,*.tftest.hcl,*.tf.json",
            "write /p recursive only=*.tf,*.tfvars,*.tftest.hcl,*.tf.json",
        ],
    ),
    ("terraform fmt -check -recursive", ["read /p recursive only=*.tf,*.tfvars,*.tftest.hcl,*.tf.json"]),
    ("terraform fmt -write=false a", ["read /p/a recursive only=*.tf,*.tfvars,*.tftest.hcl,*.tf.json"]),
    ("terraform validate", ["execute /p recursive"]),
    (
        "terraform plan -out=p -var-file=x.tfvars",
        ["write /p/p via -out", "read /p/x.tfvars", "execute /p recursive", "network <dynamic>"],
    ),
    (
        "terraform apply -auto-approve",
        ["execute /p recursive", "network <dynamic>", "system changes the infrastructure"],
    ),
    (
        "terraform -chdir=sub destroy",
        ["execute /p/sub via -chdir", "execute /p recursive", "network <dynamic>", "system changes the infrastructure"],
    ),
    (
        "terraform init",
        [
            "execute /p recursive",
            "write /p recursive",
            "system installs packages",
            "execute package scripts",
            "network <dynamic>",
        ],
    ),
    ("terraform version", []),
    ("terraform -version", []),
    ("terraform workspace list", ["execute /p recursive", "network <dynamic>"]),
    ("terraform state list", ["execute /p recursive", "network <dynamic>"]),
    ("tofu plan", ["execute /p recursive", "network <dynamic>"]),
    ("ansible --version", []),
    (
        "terraform fmt -write x.tf",
        [
            "read /p/x.tf recursive only=*.tf,*.tfvars,*.tftest.hcl,*.tf.json",
            "write /p/x.tf recursive only=*.tf,*.tfvars,*.tftest.hcl,*.tf.json",
        ],
    ),
    ("terraform providers", ["execute /p recursive"]),
    ("terraform providers schema", ["execute /p recursive"]),
    ("terraform plan -help", []),
    ("terraform destroy --help", []),
    ("ansible-playbook --version", []),
    ("ansible-galaxy --version", []),
    ("ansible-vault --version", []),
    ("ansible-inventory --version", []),
    ("ansible-console --version", []),
    ("ansible-pull --version", []),
    ("ansible-doc --version", []),
    ("ansible-config --version", []),
    ("pulumi --version", []),
    ("vagrant --version", []),
    ("packer --version", []),
    ("chef-client --version", []),
    ("puppet --version", []),
    ("salt --version", []),
    ("tofu -version", []),
    ("tofu destroy", ["execute /p recursive", "network <dynamic>", "system changes the infrastructure"]),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    ("terraform show", ["execute /p recursive", "unknown prints the state, which may hold secrets"]),
]

OPAQUE = [
    "terraform show",
    "terraform output -json",
    "terraform state pull",
    "terraform state show x",
    "terraform console",
    "terraform workspace select x",
    "terraform init -from-module=x",
    "terraform $X",
    "terraform plan -frobnicate",
    "ansible-playbook x.yml",
    "ansible all -m ping",
    "pulumi up",
    "terraform fmt -check=false",
    "terraform providers mirror x",
    "terraform frobnicate -help",
    "ansible x",
    "ansible-playbook x",
    "ansible-galaxy x",
    "ansible-vault x",
    "ansible-inventory x",
    "ansible-console x",
    "ansible-pull x",
    "ansible-doc x",
    "ansible-config x",
    "pulumi x",
    "vagrant x",
    "packer x",
    "chef-client x",
    "puppet x",
    "salt x",
    "tofu console",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Providers of the directory run, applying changes machines, playbooks are unknown."""
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
