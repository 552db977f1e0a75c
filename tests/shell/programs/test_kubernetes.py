"""Command lines of the family `kubernetes`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("kubectl get pods -A -o wide", ["network <dynamic>"]),
    ("kubectl -n x logs -f pod -c main --tail=5", ["network <dynamic>"]),
    ("kubectl describe pod x", ["network <dynamic>"]),
    ("kubectl get po x -o yaml", ["network <dynamic>"]),
    (
        "kubectl apply -f x.yml",
        ["network <dynamic>", "read /p/x.yml recursive", "system changes the cluster: kubectl apply"],
    ),
    ("kubectl delete pod x", ["network <dynamic>", "system changes the cluster: kubectl delete"]),
    ("kubectl rollout status deploy/x", ["network <dynamic>"]),
    ("kubectl rollout restart deploy/x", ["network <dynamic>", "system changes the cluster: kubectl rollout"]),
    ("kubectl config current-context", ["system reads the configuration of kubectl"]),
    ("kubectl config get-contexts", ["system reads the configuration of kubectl"]),
    ("kubectl version --client", ["network <dynamic>"]),
    ("kubectl get pods -o jsonpath-file=x.txt", ["network <dynamic>", "read /p/x.txt"]),
    ("kubectl -s https://evil.org get pods", ["network https://evil.org", "network <dynamic>"]),
    ("kubectl --kubeconfig ./evil get pods", ["execute /p/evil via --kubeconfig", "network <dynamic>"]),
    ("kubectl cluster-info", ["network <dynamic>"]),
    ("kubectl auth can-i get pods", ["network <dynamic>"]),
    ("kubectl", []),
    ("helm list -A", ["network <dynamic>"]),
    ("helm status x", ["network <dynamic>"]),
    ("helm template ./chart -f v.yaml --set a=b", ["read /p/v.yaml", "read /p/chart recursive"]),
    ("helm lint chart", ["read /p/chart recursive"]),
    (
        "helm upgrade x ./chart --install",
        [
            "network <dynamic>",
            "read /p/x recursive",
            "network <dynamic>",
            "read /p/chart recursive",
            "system changes the cluster: helm upgrade",
        ],
    ),
    ("helm template repo/x", ["read /p/repo/x recursive", "network <dynamic>"]),
    ("helm version", ["network <dynamic>"]),
    ("kubectx", []),
    ("kubectx other", ["system changes the cluster that is used"]),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    ("kubectl get secret x -o yaml", ["network <dynamic>", "unknown reads a secret"]),
]

OPAQUE = [
    "kubectl get secret x -o yaml",
    "kubectl get po,secrets",
    "kubectl get SECRETS",
    "kubectl get -f x.yml",
    "kubectl get --raw /api/v1/secrets",
    'kubectl get "$X"',
    "kubectl exec x -- ls",
    "kubectl run x --image y",
    "kubectl cp a b",
    "kubectl port-forward x 1",
    "kubectl edit x",
    "kubectl debug x",
    "kubectl config set-context x",
    "kubectl config view --raw",
    "kubectl cluster-info dump",
    "kubectl krew",
    "kubectl $X",
    "helm get values x",
    "helm template ./c --post-renderer-args=x",
    "helm plugin install x",
    "helm repo add x y",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """What reads the cluster is known, but for secrets; changes are changes of the system."""
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
