"""A function under the real engine: deployed from its sources, changed in place, run, removed."""

import json
from typing import Any

from sandbox.server import Addresses
from tests.engine.conftest import MakeProject, MakePulumi, client

PROGRAM = """
    from datetime import timedelta

    import pulumi
    from pulumi_upkeep import aws
    from pulumi_upkeep.component import UpkeepComponent
    from pulumi_upkeep import function_code
    from pulumi_upkeep.function import declare_function

    from pathlib import Path

    function_code.FUNCTIONS = Path("../functions").resolve()
    arn = "arn:aws:sns:us-west-2:123456789012:alerts"


    class Worker(UpkeepComponent):
        def __init__(self, name, opts):
            super().__init__(name, opts)
            declare_function(
                self,
                "works",
                package="worker",
                says="Works",
                statements=[],
                timeout=timedelta(seconds=20),
                topics=dict.fromkeys(("p0", "p1", "p2", "p3"), arn),
                severity="p1",
                runbooks="https://runbooks.example.com",
                environment={"STAGE": "prod"},
                schedule="rate(1 hour)",
            )
            self.register_outputs({})


    west = aws.Provider("west", aws.ProviderArgs(region="us-west-2"))
    Worker("worker", pulumi.ResourceOptions(provider=west))
"""
MAIN = """
import os

from common.words import greeting


def handler(event, context):
    return f"{greeting()} {os.environ['STAGE']} VERSION"
"""


def test_a_function_is_deployed_changed_and_removed(
    project: MakeProject, pulumi: MakePulumi, own_sandbox: Addresses
) -> None:
    folder = project(PROGRAM)
    worker, common = folder / "functions" / "worker", folder / "functions" / "common"
    for part in (worker, common):
        part.mkdir(parents=True)
    (common / "words.py").write_text("def greeting():\n    return 'hello'\n")
    (worker / "main.py").write_text(MAIN.replace("VERSION", "1"))
    stack = pulumi(folder, own_sandbox)
    stack.run("stack", "init", "prod")

    def steps(*arguments: str) -> dict[str, set[str]]:
        done: dict[str, set[str]] = {}

        def hear(event: Any) -> None:
            step = event.get("resourcePreEvent", {}).get("metadata")
            if step and step["op"] not in ("same", "refresh", "read"):
                done.setdefault(step["op"], set()).add(step["urn"].rpartition(":")[2])

        result = stack.watch("preview", "--stack", "prod", *arguments, heard=hear)
        assert result.code == 0, result.stdout + result.stderr
        return done

    def invoked() -> Any:
        functions = client(own_sandbox, "lambda", "us-west-2")
        (function,) = functions.list_functions()["Functions"]
        return json.loads(functions.invoke(FunctionName=function["FunctionName"])["Payload"].read())

    stack.run("up", "--yes", "--skip-preview", "--stack", "prod")
    assert invoked() == "hello prod 1"
    assert steps() == {}
    assert steps("--refresh") == {}

    # What Python compiles is no part of it; what is written is.
    (worker / "__pycache__").mkdir()
    (worker / "__pycache__" / "main.pyc").write_bytes(b"x")
    assert steps() == {}
    (worker / "main.py").write_text(MAIN.replace("VERSION", "2"))
    assert steps() == {"update": {"worker-works"}}
    stack.run("up", "--yes", "--skip-preview", "--stack", "prod")
    assert invoked() == "hello prod 2"
    assert steps() == {}

    stack.run("destroy", "--yes", "--skip-preview", "--stack", "prod")
    assert client(own_sandbox, "lambda", "us-west-2").list_functions()["Functions"] == []
