"""Writes the objects out: Kustomize's base, components and migrations, and Helm's templates and values."""

from __future__ import annotations

from typing import Any

import yaml

from deploy.k8s import components, workloads
from deploy.k8s.values import COMPONENTS, VERSION, defaults, documents, helm, kustomize
from deploy.k8s.workloads import Object
from deploy.topology import EDGE

HOME = "deploy/k8s"
CHART = "deploy/helm/bijou"
HEAD = "# Made from deploy/topology.py by `make generate` (deploy/k8s).\n"


def files() -> dict[str, str]:
    """Every generated file: its path below the repository's root, and what it should hold."""
    return {**_kustomize(), **_helm()}


def _kustomize() -> dict[str, str]:
    base = workloads.base()
    made = {f"{HOME}/base/{name}.yaml": kustomize(documents(objects)) for name, objects in base.items()}
    made[f"{HOME}/base/kustomization.yaml"] = _kustomization("Kustomization", [f"{name}.yaml" for name in base])
    made[f"{HOME}/migrations/jobs.yaml"] = kustomize(documents(workloads.migrations())).replace(f"-{_version()}", "")
    made[f"{HOME}/migrations/kustomization.yaml"] = _kustomization("Kustomization", ["jobs.yaml"])
    made[f"{HOME}/training.yaml"] = kustomize(documents([workloads.training()]))
    for name, objects in components.components().items():
        made[f"{HOME}/components/{name}/objects.yaml"] = kustomize(documents(objects))
        more = {"patches": _canary_patches()} if name == "canary" else {}
        made[f"{HOME}/components/{name}/kustomization.yaml"] = _kustomization("Component", ["objects.yaml"], **more)
    for name, objects in components.regions().items():
        made[f"{HOME}/components/regions/{name}.yaml"] = kustomize(documents(objects))
    regions = [f"{name}.yaml" for name in components.regions()]
    made[f"{HOME}/components/regions/kustomization.yaml"] = _kustomization(
        "Component", regions, patches=_region_patches()
    )
    return {name: HEAD + text for name, text in made.items()}


def _version() -> str:
    return VERSION.replace(".", "-")


def _kustomization(kind: str, resources: list[str], **more: Any) -> str:
    api = "kustomize.config.k8s.io/v1alpha1" if kind == "Component" else "kustomize.config.k8s.io/v1beta1"
    return yaml.safe_dump(
        {"apiVersion": api, "kind": kind, "resources": resources, **more}, sort_keys=False, width=1000
    )


def _canary_patches() -> list[Object]:
    """Who is scaled is the rollout, not the deployment that it took over."""
    target = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": components.CANARY.name}
    change = [{"op": "replace", "path": "/spec/scaleTargetRef", "value": target}]
    return [
        {
            "target": {"kind": "HorizontalPodAutoscaler", "name": components.CANARY.name},
            "patch": yaml.safe_dump(change, sort_keys=False),
        }
    ]


def _region_patches() -> list[Object]:
    """The edge without a region goes; its address and who may call it stay, for the edges of all regions."""
    kinds = {"Deployment": "apps/v1", "PodDisruptionBudget": "policy/v1", "HorizontalPodAutoscaler": "autoscaling/v2"}
    return [
        {
            "patch": yaml.safe_dump(
                {"apiVersion": api, "kind": kind, "metadata": {"name": EDGE.name}, "$patch": "delete"}, sort_keys=False
            )
        }
        for kind, api in kinds.items()
    ]


# ---- the chart ----


def _helm() -> dict[str, str]:
    made = {f"{CHART}/templates/{name}.yaml": _template(name, objects) for name, objects in workloads.base().items()}
    made[f"{CHART}/templates/migrations.yaml"] = helm(documents(workloads.migrations()))
    for name, objects in components.components().items():
        made[f"{CHART}/templates/with-{name}.yaml"] = _when(name, _component(name, objects))
    loop = (
        "{{- range $region := $.Values.regions }}\n---\n"
        + helm(documents(components.region("§region§")))
        + "{{- end }}\n"
    )
    made[f"{CHART}/templates/with-regions.yaml"] = _when("regions", loop)
    made[f"{CHART}/values.yaml"] = yaml.safe_dump(defaults(), sort_keys=False, width=1000)
    chart = {
        "apiVersion": "v2",
        "name": "bijou",
        "description": "A complete streaming service that anyone can run.",
        "type": "application",
        "version": VERSION,
        "appVersion": VERSION,
        "kubeVersion": ">=1.34.0-0",
    }
    made[f"{CHART}/Chart.yaml"] = yaml.safe_dump(chart, sort_keys=False)
    return {name: HEAD + text for name, text in made.items()}


def _template(name: str, objects: list[Object]) -> str:
    if name != EDGE.name:
        return helm(documents(objects))
    # With regions there is one for each instead.
    lone = [each for each in objects if each["kind"] in ("Deployment", "PodDisruptionBudget")]
    rest = [each for each in objects if each not in lone]
    return (
        helm(documents(rest))
        + "{{- if not $.Values.components.regions }}\n---\n"
        + helm(documents(lone))
        + "{{- end }}\n"
    )


def _component(name: str, objects: list[Object]) -> str:
    if name == "secrets":
        # What is in two braces there is the store's operator's to fill in.
        marked = documents(objects).replace("{{", "⟦").replace("}}", "⟧")
        return helm(marked).replace("⟦", "{{ `{{").replace("⟧", "}}` }}")
    if name != "autoscaling":
        return helm(documents(objects))
    parts = []
    for each in objects:
        text = helm(documents([each]))
        if each["kind"] == "HorizontalPodAutoscaler" and each["metadata"]["name"] == components.CANARY.name:
            whole = "    apiVersion: {api}\n    kind: {kind}\n"
            lone = whole.format(api="apps/v1", kind="Deployment")
            tried = whole.format(api="argoproj.io/v1alpha1", kind="Rollout")
            assert lone in text
            text = text.replace(
                lone,
                f"    {{{{- if $.Values.components.canary }}}}\n{tried}    {{{{- else }}}}\n{lone}    {{{{- end }}}}\n",
            )
        if each["metadata"]["name"] == EDGE.name:
            text = "{{- if not $.Values.components.regions }}\n" + text + "{{- end }}\n"
        parts.append(text)
    return "---\n".join(parts)


def _when(name: str, text: str) -> str:
    assert name in COMPONENTS
    return f"{{{{- if $.Values.components.{name} }}}}\n{text}{{{{- end }}}}\n"
