"""``aws:executeScript``: a handler run in a process of its own, as AWS runs it away from all else.

The process has the credentials of the document's role and nothing else of the sandbox's; boto3
finds the sandbox by ``AWS_ENDPOINT_URL``. ``time.sleep`` is shortened by the sandbox's clock.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_PROJECT = Path(__file__).resolve().parents[3]
_MARK = "\x00upkeep-payload:"
_LOOK = 0.02

_RUNNER = f"""
import json, sys, time, traceback
order = json.load(sys.stdin)
sys.path.insert(0, order["project"])
from sandbox.lifeline import die_with_parent
die_with_parent(order["parent"])
sys.path.pop(0)
sleep = time.sleep
time.sleep = lambda seconds: sleep(seconds / order["speed"])
space = {{"__name__": "script"}}
try:
    exec(compile(order["script"], "script.py", "exec"), space)
    answer = {{"payload": space[order["handler"]](order["payload"], {{}})}}
    text = json.dumps(answer)
except BaseException as error:
    traceback.print_exc()
    text = json.dumps({{"error": f"{{type(error).__name__}}: {{error}}"}})
print({_MARK!r} + text, flush=True)
"""


class ScriptFailed(Exception):
    """The script raised, or gave back what is not JSON."""


class ScriptTimedOut(Exception):
    """The script ran longer than its step may."""


class ScriptStopped(Exception):
    """The execution was stopped while the script ran."""


def run_script(
    script: str,
    handler: str,
    payload: Mapping[str, Any],
    *,
    environment: Mapping[str, str],
    seconds: float,
    speed: float,
    stopped: Callable[[], bool],
) -> Any:
    """What the handler gives back.

    environment: what the process gets beside the path of the interpreter.
    seconds: how long it may run, on this machine's clock.
    """
    order = {
        "script": script,
        "handler": handler,
        "payload": payload,
        "speed": speed,
        "parent": os.getpid(),
        "project": str(_PROJECT),
    }
    child = subprocess.Popen(
        [sys.executable, "-c", _RUNNER],
        env={"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", **environment},
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output = _talk(child, json.dumps(order), seconds, stopped)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    before, mark, text = output.rpartition(_MARK)
    if not mark:
        raise ScriptFailed(f"the script ended by itself: {before.strip()[-500:]}")
    answer = json.loads(text)
    if "error" in answer:
        raise ScriptFailed(answer["error"])
    return answer["payload"]


def _talk(
    child: "subprocess.Popen[str]", order: str, seconds: float, stopped: Callable[[], bool]
) -> str:
    deadline = time.monotonic() + seconds
    asked: str | None = order
    while True:
        try:
            output, _ = child.communicate(asked, timeout=_LOOK)
        except subprocess.TimeoutExpired:
            asked = None
            if stopped():
                raise ScriptStopped() from None
            if time.monotonic() > deadline:
                raise ScriptTimedOut(f"the script ran for more than {seconds:g} seconds") from None
        else:
            return output
