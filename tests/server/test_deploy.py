"""The container file and the Kubernetes manifest say nothing that the command, the routes or the policy do
not know."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from octarine.cli.guard_serve import PORT, serve
from octarine.guard.policy import policy_from_text
from octarine.server import access, audit
from tests.server.guard.running import application

ROOT = Path(__file__).parents[2]
CONTAINER = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
OBJECTS = {
    one["kind"]: one for one in yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text("utf-8"))
}
POD = OBJECTS["Deployment"]["spec"]["template"]["spec"]
(GUARD,) = POD["containers"]
ROUTES = application("http://127.0.0.1:9/v1")._routes


def lines(instruction):
    """Of the container file, with those that a backslash joins in one piece."""
    joined = CONTAINER.replace("\\\n", " ")
    return re.findall(rf"^{instruction} (.*)$", joined, re.MULTILINE)


def options(arguments):
    """What the command understands of its arguments."""
    assert arguments[:2] == ["guard", "serve"]
    with serve.make_context("serve", list(arguments[2:])) as context:
        return context.params


def seconds(probe):
    return probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3)


def test_the_manifest_holds_what_a_service_needs():
    assert set(OBJECTS) == {
        "ConfigMap",
        "Deployment",
        "Service",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
    }
    labels = OBJECTS["Deployment"]["spec"]["template"]["metadata"]["labels"].items()
    selectors = [OBJECTS["Service"]["spec"]["selector"]] + [
        OBJECTS[kind]["spec"]["selector"]["matchLabels"] for kind in ("Deployment", "PodDisruptionBudget")
    ]
    assert all(selector.items() <= labels for selector in selectors)
    scaled = OBJECTS["HorizontalPodAutoscaler"]["spec"]
    assert scaled["scaleTargetRef"]["name"] == OBJECTS["Deployment"]["metadata"]["name"]
    assert OBJECTS["PodDisruptionBudget"]["spec"]["minAvailable"] < scaled["minReplicas"]


def test_the_manifests_arguments_are_options_of_the_command():
    told = options(GUARD["args"])
    (port,) = GUARD["ports"]
    assert told["port"] == port["containerPort"] == PORT
    assert told["upstream"].startswith("http")
    assert told["host"] == "0.0.0.0"
    stop = POD["terminationGracePeriodSeconds"]
    waited = int(GUARD["lifecycle"]["preStop"]["exec"]["command"][1])
    assert told["grace"] + waited < stop


@pytest.mark.parametrize("name", ["startupProbe", "readinessProbe", "livenessProbe"])
def test_probes_ask_routes_that_need_no_key(name):
    asked = GUARD[name]["httpGet"]
    assert asked["port"] == GUARD["ports"][0]["name"]
    route = ROUTES[asked["path"]]["GET"]
    assert not route.keyed
    assert not route.counted


def test_the_service_reaches_the_port():
    (port,) = OBJECTS["Service"]["spec"]["ports"]
    assert port["targetPort"] == GUARD["ports"][0]["name"]


def test_secrets_come_from_a_secret_and_under_names_that_are_read():
    named = {one["name"]: one for one in GUARD["env"]}
    assert set(named) <= {access.VARIABLE, audit.VARIABLE, "OCTARINE_API_KEY"}
    assert all("value" not in one and "secretKeyRef" in one["valueFrom"] for one in GUARD["env"])
    assert "optional" not in named[access.VARIABLE]["valueFrom"]["secretKeyRef"]
    assert "Secret" not in OBJECTS


def test_the_policy_of_the_manifest_is_one_and_stands_where_the_command_looks():
    (file,) = OBJECTS["ConfigMap"]["data"]
    (mount,) = [one for one in GUARD["volumeMounts"] if one["name"] == "policy"]
    (volume,) = [one for one in POD["volumes"] if one["name"] == "policy"]
    assert volume["configMap"]["name"] == OBJECTS["ConfigMap"]["metadata"]["name"]
    assert options(GUARD["args"])["policies"] == (f"{mount['mountPath']}/{file}",)
    # With a subPath a policy that changes would not be seen.
    assert "subPath" not in mount
    assert policy_from_text(OBJECTS["ConfigMap"]["data"][file]).id == "ours@1.0.0"


def test_nothing_runs_as_root_or_writes_to_the_image():
    assert POD["securityContext"]["runAsNonRoot"]
    assert POD["automountServiceAccountToken"] is False
    own = GUARD["securityContext"]
    assert own["readOnlyRootFilesystem"]
    assert own["allowPrivilegeEscalation"] is False
    assert own["capabilities"]["drop"] == ["ALL"]
    assert {one["mountPath"] for one in GUARD["volumeMounts"]} >= {"/tmp"}
    assert GUARD["resources"]["limits"]["memory"]
    (user,) = lines("USER")
    assert user == f"{POD['securityContext']['runAsUser']}:{POD['securityContext']['runAsGroup']}"
    assert user.partition(":")[0] in lines("RUN")[-1]
    assert CONTAINER.index("\nUSER") > CONTAINER.index("\nCOPY --from=build")


def test_the_container_files_command_is_one_and_its_sources_are_there():
    (command,) = map(json.loads, lines("CMD"))
    (entry,) = map(json.loads, lines("ENTRYPOINT"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert entry[0] in project["scripts"]
    assert options(command)["port"] == int(lines("EXPOSE")[0]) == PORT
    (extras,) = re.findall(r'"\.\[([a-z,]+)\]"', CONTAINER)
    assert set(extras.split(",")) <= set(project["optional-dependencies"])
    assert len(lines("FROM")) == 2
    for copied in lines("COPY"):
        if not copied.startswith("--from"):
            *sources, _ = copied.split()
            assert all((ROOT / source).exists() for source in sources)
    (asked,) = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", lines("HEALTHCHECK")[0])
    assert (int(asked[0]), asked[1] in ROUTES) == (PORT, True)


def test_what_the_comments_tell_to_run_is_understood():
    told = re.search(r"octarine-guard (guard serve .*)$", CONTAINER, re.MULTILINE)[1]
    assert options(told.split())["upstream"] == "http://model:8000/v1"
