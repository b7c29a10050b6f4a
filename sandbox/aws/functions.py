"""Lambda: functions that really run, from the archive that was deployed.

moto keeps functions and starts them in containers. Here an invocation is a process of its own, with
this interpreter, the deployed archive and environment, and the credentials of the function's role;
nothing else can be imported but what AWS's runtime brings (``function_process.py``). Its output is
in the log group, its result, error and duration in the metrics of ``AWS/Lambda``.

An asynchronous invocation that fails is tried again twice and then handed to its destination, as
the service does; only the pauses (one and two minutes there) are short here. Every invocation is a
cold start. Of a network the sandbox knows the names alone: a function in subnets reaches what one
without them reaches.
"""

import base64
import io
import itertools
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from moto.awslambda import models
from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.awslambda.utils import get_backend
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.exceptions import JsonRESTError
from moto.core.utils import unix_time_millis, utcnow
from moto.logs.models import logs_backends
from moto.sns.models import sns_backends

from sandbox.aws.extension import Extension
from sandbox.aws.permissions import GUARD, Refused

# What AWS's runtime for Python carries beside the standard library.
RUNTIME_MODULES = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six")
PROCESS = Path(__file__).with_name("function_process.py")
# Figures of Lambda's API reference and developer guide.
LONGEST_TIMEOUT_SECONDS = 900
ENVIRONMENT_BYTES = 4096
DEFAULT_RETRIES = 2
LONGEST_LOG_TAIL_BYTES = 4096
# The service waits one minute before the second attempt and two before the third.
RETRY_SECONDS = (0.05, 0.1)
RESERVED_VARIABLES = frozenset(
    {
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "_HANDLER",
    }
)
# Attempts that are remembered.
HISTORY = 1000
_INVOKE_CONFIG = ("DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts")
_UPDATED_TOO = {
    "KMSKeyArn": "kms_key_arn",
    "TracingConfig": "tracing_config",
}


@dataclass(frozen=True)
class Invocation:
    """One attempt to run a function, and what came of it.

    attempt   1 for the first; an asynchronous invocation has up to three
    error     the error as Lambda tells it (``errorType``, ``errorMessage``), or None
    """

    function: str
    region: str
    account: str
    request_id: str
    attempt: int
    event: Any
    payload: str
    error: dict[str, Any] | None
    log: str
    seconds: float

    def shown(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


class Runs:
    """The last invocations, and the asynchronous ones that are under way."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._under_way = 0
        self._ended: deque[Invocation] = deque(maxlen=HISTORY)

    def begin(self) -> None:
        """An asynchronous invocation was accepted."""
        with self._changed:
            self._under_way += 1

    def end(self) -> None:
        """It has ended, with all its attempts."""
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()

    def add(self, invocation: Invocation) -> None:
        """Keep one attempt."""
        with self._changed:
            self._ended.append(invocation)

    def all(self) -> list[Invocation]:
        """The attempts that have ended, oldest first."""
        with self._changed:
            return list(self._ended)

    def clear(self) -> None:
        """Forget what has ended."""
        with self._changed:
            self._ended.clear()

    def wait(self, seconds: float) -> bool:
        """Whether no asynchronous invocation is under way, at the latest after some seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._under_way == 0, seconds)


RUNS = Runs()


class _Function(LambdaFunction):
    """moto's function with what it forgets of a configuration."""

    def __init__(
        self, account_id: str, spec: dict[str, Any], region: str, version: Any = 1
    ) -> None:
        super().__init__(account_id, spec, region, version)
        self.dead_letters: dict[str, Any] | None = spec.get("DeadLetterConfig")
        self.running = 0
        _check(self)

    @property
    def vpc_config(self) -> dict[str, Any] | None:
        """With the network that its subnets are in."""
        config = super().vpc_config
        if config and config.get("SubnetIds"):
            from moto.ec2.models import ec2_backends

            subnets = ec2_backends[self.account_id][self.region].describe_subnets(
                subnet_ids=config["SubnetIds"]
            )
            config["VpcId"] = subnets[0].vpc_id
        return config

    def get_configuration(self, on_create: bool = False) -> dict[str, Any]:
        """As the service shows it: without what is not set."""
        shown = super().get_configuration(on_create)
        # Taken out of its network a function looks as if it had never been in one.
        if not (shown.get("VpcConfig") or {}).get("SubnetIds"):
            shown.pop("VpcConfig", None)
        if self.dead_letters:
            shown["DeadLetterConfig"] = self.dead_letters
        return {key: value for key, value in shown.items() if value is not None}

    def update_configuration(self, config_updates: dict[str, Any]) -> dict[str, Any]:
        super().update_configuration(config_updates)
        for key, attribute in _UPDATED_TOO.items():
            if key in config_updates:
                setattr(self, attribute, config_updates[key] or None)
        if "EphemeralStorage" in config_updates:
            self.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]
        if "DeadLetterConfig" in config_updates:
            self.dead_letters = config_updates["DeadLetterConfig"]
        _check(self)
        return self.get_configuration()


# moto makes functions by this name.
models.LambdaFunction = _Function  # type: ignore[misc]


def _check(function: LambdaFunction) -> None:
    """What CreateFunction refuses and moto takes."""
    if not 1 <= function.timeout <= LONGEST_TIMEOUT_SECONDS:
        raise _invalid(f"Timeout {function.timeout}: 1 to {LONGEST_TIMEOUT_SECONDS} seconds")
    if not 128 <= function.memory_size <= 10_240:
        raise _invalid(f"MemorySize {function.memory_size}: 128 to 10240 MB")
    size = sum(len(key) + len(str(it)) for key, it in function.environment_vars.items())
    if size > ENVIRONMENT_BYTES:
        raise _invalid(
            "Lambda was unable to configure your environment variables because the environment "
            f"variables you have provided exceeded the {ENVIRONMENT_BYTES // 1024}KB limit"
        )
    reserved = sorted(
        key
        for key in function.environment_vars
        if key in RESERVED_VARIABLES or key.startswith("AWS_LAMBDA_")
    )
    if reserved:
        raise _invalid(
            "Lambda was unable to configure your environment variables because the environment "
            "variables you have provided contains reserved keys that are currently not supported "
            f"for modification. Reserved keys used in this request: {', '.join(reserved)}"
        )


def _invalid(message: str) -> LambdaClientError:
    return LambdaClientError("InvalidParameterValueException", message)


class UpkeepLambdaBackend(LambdaBackend):
    """moto's backend with invocations that are processes."""

    def invoke(
        self,
        function_name: str,
        qualifier: str | None,
        body: Any,
        headers: Any,
        response_headers: Any,
    ) -> str | bytes | None:
        """Run a function, or accept to run it."""
        function = self.get_function(function_name, qualifier)
        try:
            event = json.loads(body or "{}")
        except ValueError:
            raise LambdaClientError(
                "InvalidRequestContentException", "Could not parse request body into json"
            ) from None
        kind = headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind == "DryRun":
            return b""
        if kind == "Event":
            self.invoke_later(function, event)
            return b""
        ended = self.run(function, event)
        if ended is None:
            raise _Throttled()
        if ended.error is not None:
            response_headers["x-amz-function-error"] = "Unhandled"
        tail = ended.log.encode()[-LONGEST_LOG_TAIL_BYTES:]
        response_headers["x-amz-log-result"] = base64.b64encode(tail).decode()
        return (json.dumps(ended.error) if ended.error else ended.payload).encode()

    def put_function_event_invoke_config(
        self, function_name: str, config: dict[str, Any]
    ) -> dict[str, Any]:
        """Replaces what was put before; moto would keep showing the first."""
        self.get_function(function_name).event_invoke_config = []
        return super().put_function_event_invoke_config(function_name, config)

    def update_function_event_invoke_config(
        self, function_name: str, config: dict[str, Any]
    ) -> dict[str, Any]:
        """Changes what is sent."""
        now = self.get_function_event_invoke_config(function_name)
        kept = {key: now[key] for key in _INVOKE_CONFIG if now.get(key) is not None}
        return self.put_function_event_invoke_config(function_name, {**kept, **config})

    def invoke_later(self, function: LambdaFunction, event: Any) -> None:
        """Run a function beside the caller, again where it fails, and hand a loss on."""
        config = function.event_invoke_config[-1].config if function.event_invoke_config else {}
        retries = int(config.get("MaximumRetryAttempts", DEFAULT_RETRIES))
        RUNS.begin()

        def work() -> None:
            try:
                request_id = str(uuid.uuid4())
                ended = None
                for attempt in range(1, retries + 2):
                    if attempt > 1:
                        time.sleep(RETRY_SECONDS[min(attempt - 2, len(RETRY_SECONDS) - 1)])
                    # A throttled event waits in the service's queue and costs no attempt.
                    while (ended := self.run(function, event, request_id, attempt)) is None:
                        if function.reserved_concurrency == 0:
                            return
                        time.sleep(RETRY_SECONDS[0])
                    if ended.error is None:
                        break
                assert ended is not None
                self._hand_on(function, ended, config)
            finally:
                RUNS.end()

        threading.Thread(
            target=work, name=f"function-{function.function_name}", daemon=True
        ).start()

    def run(
        self, function: LambdaFunction, event: Any, request_id: str = "", attempt: int = 1
    ) -> Invocation | None:
        """Run a function once, now; None where its reserved concurrency is used up."""
        limit = function.reserved_concurrency
        with _counting:
            running = getattr(function, "running", 0)
            if limit is not None and running >= int(limit):
                self._measure(function, {"Throttles": 1.0})
                return None
            function.running = running + 1  # type: ignore[attr-defined]
        try:
            ended = _Process(function, request_id or str(uuid.uuid4()), attempt).run(event)
        finally:
            with _counting:
                function.running -= 1  # type: ignore[attr-defined]
        RUNS.add(ended)
        self._measure(
            function,
            {
                "Invocations": 1.0,
                "Errors": 0.0 if ended.error is None else 1.0,
                "Duration": ended.seconds * 1000,
            },
        )
        return ended

    def _measure(self, function: LambdaFunction, values: Mapping[str, float]) -> None:
        dimensions = [{"Name": "FunctionName", "Value": function.function_name}]
        cloudwatch_backends[self.account_id][self.region_name].put_metric_data(
            "AWS/Lambda",
            [
                {
                    "MetricName": name,
                    "Value": value,
                    "Dimensions": dimensions,
                    "Timestamp": utcnow(),
                }
                for name, value in values.items()
            ],
        )

    def _hand_on(
        self, function: LambdaFunction, ended: Invocation, config: Mapping[str, Any]
    ) -> None:
        """Send what came of an asynchronous invocation to its destination, if it has one."""
        outcome = "OnSuccess" if ended.error is None else "OnFailure"
        to = ((config.get("DestinationConfig") or {}).get(outcome) or {}).get("Destination")
        letters = getattr(function, "dead_letters", None)
        if to:
            record: dict[str, Any] = {
                "version": "1.0",
                "timestamp": utcnow().isoformat() + "Z",
                "requestContext": {
                    "requestId": ended.request_id,
                    "functionArn": f"{function.function_arn}:$LATEST",
                    "condition": "Success" if ended.error is None else "RetriesExhausted",
                    "approximateInvokeCount": ended.attempt,
                },
                "requestPayload": ended.event,
                "responsePayload": ended.error or json.loads(ended.payload),
            }
            self._send(to, json.dumps(record))
        if letters and ended.error is not None and letters.get("TargetArn"):
            self._send(letters["TargetArn"], json.dumps(ended.event))

    def _send(self, arn: str, message: str) -> None:
        service, region, account, name = arn.split(":", 5)[2:6]
        if service == "sns":
            sns_backends[account][region].publish(message, arn=arn)
        elif service == "sqs":
            from moto.sqs.models import sqs_backends

            sqs_backends[account][region].send_message(queue_name=name, message_body=message)
        elif service == "lambda":
            invoke_later(arn, json.loads(message))
        else:
            print(f"the sandbox has no destination {arn}", file=sys.stderr)


def invoke_later(arn: str, event: Any) -> None:
    """Accept an asynchronous invocation of the function with an ARN; LookupError without it."""
    _, _, _, region, account, *_rest = arn.split(":")
    backend = get_backend(account, region)
    assert isinstance(backend, UpkeepLambdaBackend)
    try:
        function = backend.get_function(arn)
    except JsonRESTError as error:
        raise LookupError(f"no function {arn}") from error
    backend.invoke_later(function, event)


def may_invoke(arn: str, service: str, source: str) -> bool:
    """Whether a function's policy lets a service invoke it on behalf of a source's ARN."""
    _, _, _, region, account, *_rest = arn.split(":")
    try:
        function = get_backend(account, region).get_function(arn)
    except JsonRESTError:
        return False
    for statement in function.policy.statements:
        condition = statement.get("Condition", {})
        sources = condition.get("ArnLike", {}).get("AWS:SourceArn", source)
        if (
            statement.get("Principal") == {"Service": service}
            and statement.get("Action") in ("lambda:InvokeFunction", "lambda:*")
            and sources == source
        ):
            return True
    return False


class _Throttled(LambdaClientError):
    code = 429

    def __init__(self) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.")


_counting = threading.Lock()


class _Process:
    """One attempt: the process, its log and its end."""

    def __init__(self, function: LambdaFunction, request_id: str, attempt: int) -> None:
        self._function = function
        self._request_id = request_id
        self._attempt = attempt
        day = utcnow().strftime("%Y/%m/%d")
        self._stream = f"{day}/[$LATEST]{uuid.uuid4().hex}"

    def run(self, event: Any) -> Invocation:
        function = self._function
        began = time.monotonic()
        try:
            answer, output, over = self._answer(event)
        except Refused as refused:
            denied = {"errorType": "AccessDeniedException", "errorMessage": str(refused)}
            answer, output, over = {"error": denied}, f"{refused}\n", False
        seconds = time.monotonic() - began
        error: dict[str, Any] | None = answer.get("error")
        if over:
            said = f"{utcnow().isoformat()}Z {self._request_id} Task timed out after"
            message = f"{said} {function.timeout:.2f} seconds"
            error = {"errorType": "Sandbox.Timedout", "errorMessage": message}
            output += f"{message}\n"
        elif not answer:
            reason = (
                f"RequestId: {self._request_id} Error: Runtime exited without providing a reason"
            )
            error = {"errorType": "Runtime.ExitError", "errorMessage": reason}
        log = (
            f"START RequestId: {self._request_id} Version: $LATEST\n{output}"
            f"END RequestId: {self._request_id}\n"
            f"REPORT RequestId: {self._request_id} Duration: {seconds * 1000:.2f} ms "
            f"Memory Size: {function.memory_size} MB\n"
        )
        self._keep(log)
        return Invocation(
            function=function.function_name,
            region=function.region,
            account=function.account_id,
            request_id=self._request_id,
            attempt=self._attempt,
            event=event,
            payload=answer.get("payload", "null"),
            error=error,
            log=log,
            seconds=seconds,
        )

    def _answer(self, event: Any) -> tuple[dict[str, Any], str, bool]:
        """What the process answered, what it printed, and whether its time was over."""
        function = self._function
        reading, writing = os.pipe()
        try:
            request = {
                "handler": function.handler,
                "event": event,
                "request_id": self._request_id,
                "arn": function.function_arn,
                "timeout": function.timeout,
                "task": str(CODE.unpacked(function)),
                "runtime": str(CODE.runtime()),
            }
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(PROCESS), str(writing)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(writing,),
                cwd=request["task"],
                env=self._environment(),
                start_new_session=True,
                text=True,
                errors="replace",
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        # The answer is read beside the output: either may be larger than a pipe holds.
        answers: queue.Queue[str] = queue.Queue()

        def read() -> None:
            with os.fdopen(reading, encoding="utf-8") as pipe:
                answers.put(pipe.read())

        threading.Thread(target=read, daemon=True).start()
        over = False
        try:
            output, _ = process.communicate(json.dumps(request), timeout=function.timeout)
        except subprocess.TimeoutExpired:
            over = True
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
        said = answers.get(timeout=5)
        if output and not output.endswith("\n"):
            output += "\n"
        return (json.loads(said) if said and not over else {}), output, over

    def _environment(self) -> dict[str, str]:
        """What AWS's runtime sets, the role's credentials and the function's own variables."""
        function = self._function
        # Where names are asked for, whom to trust, and where load balancers answer.
        resolved = {
            theirs: os.environ[ours]
            for ours, theirs in (
                ("UPKEEP_DNS", "UPKEEP_DNS"),
                ("UPKEEP_PORTS", "UPKEEP_PORTS"),
                ("UPKEEP_AUTHORITY", "SSL_CERT_FILE"),
            )
            if ours in os.environ
        }
        port = os.environ.get("MOTO_PORT", "5000")
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            **GUARD.session(
                function.role,
                "lambda.amazonaws.com",
                function.function_name,
                function.function_arn,
            ).environment(),
            "AWS_DEFAULT_REGION": function.region,
            "AWS_REGION": function.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
            "AWS_LAMBDA_LOG_STREAM_NAME": self._stream,
            **resolved,
            **{key: str(value) for key, value in function.environment_vars.items()},
            **_datadog(function.environment_vars),
        }

    def _keep(self, log: str) -> None:
        function = self._function
        logs = logs_backends[function.account_id][function.region]
        logs.ensure_log_group(function.logs_group_name)
        logs.create_log_stream(function.logs_group_name, self._stream)
        now = int(unix_time_millis())
        logs.put_log_events(
            function.logs_group_name,
            self._stream,
            [{"timestamp": now, "message": line} for line in log.splitlines() if line],
        )


def _datadog(variables: Mapping[str, Any]) -> dict[str, str]:
    """The sandbox's own Datadog, for a function that is told where Datadog is."""
    here = os.environ.get("UPKEEP_DATADOG")
    told = {"DATADOG_URL", "PAGING_URL"} & variables.keys()
    return dict.fromkeys(sorted(told), here) if here else {}


class _Code:
    """Unpacked archives, and the modules of the runtime; gone with this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._room: tempfile.TemporaryDirectory[str] | None = None

    def _folder(self, name: str) -> Path:
        if self._room is None:
            self._room = tempfile.TemporaryDirectory(prefix="sandbox-functions-")
        return Path(self._room.name, name)

    def unpacked(self, function: LambdaFunction) -> Path:
        """The folder with a function's archive."""
        with self._lock:
            folder = self._folder(f"task-{function.code_digest[:32]}")
            if not folder.exists():
                draft = self._folder(f"draft-{next(self._numbers)}")
                with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
                    archive.extractall(draft)
                draft.rename(folder)
            return folder

    def runtime(self) -> Path:
        """The folder with what AWS's runtime carries: links to the installed modules."""
        with self._lock:
            folder = self._folder("runtime")
            if not folder.exists():
                draft = self._folder(f"draft-{next(self._numbers)}")
                draft.mkdir(parents=True)
                for name in RUNTIME_MODULES:
                    spec = find_spec(name)
                    if spec is None or spec.origin is None:
                        continue
                    origin = Path(spec.origin)
                    if origin.name == "__init__.py":
                        (draft / name).symlink_to(origin.parent, target_is_directory=True)
                    else:
                        (draft / origin.name).symlink_to(origin)
                draft.rename(folder)
            return folder

    def forget(self) -> None:
        """Remove what was unpacked."""
        with self._lock:
            if self._room is not None:
                shutil.rmtree(self._room.name, ignore_errors=True)
                self._room = None


CODE = _Code()


class UpkeepLambdaResponse(LambdaResponse):
    """moto's operations as they are; the corrections are in the backend."""


EXTENSION = Extension(service="lambda", backend=UpkeepLambdaBackend, response=UpkeepLambdaResponse)
