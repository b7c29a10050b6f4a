"""``python -m sandbox``: a sandbox in the foreground, until Ctrl-C."""

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from sandbox.lifeline import die_with_parent


class _Stopped(BaseException):
    """A signal asked for the end. Not an Exception, so that nothing on the way swallows it."""


def _stop(_signal: int, _frame: FrameType | None) -> None:
    # One is enough: a second Ctrl-C must not break the orderly end. A handler that does nothing,
    # and not SIG_IGN, because Python complains about a signal that arrives while it is set.
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _nothing)
    raise _Stopped


def _nothing(_signal: int, _frame: FrameType | None) -> None:
    pass


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is no port: 0 (any free one) to 65535")
    return port


def _arguments() -> argparse.Namespace:
    from sandbox.server import (
        DATABASES,
        DEFAULT_AWS_PORT,
        DEFAULT_DATADOG_PORT,
        DEFAULT_STATE,
        MOTO_ONLY,
    )

    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument(
        "--aws-port",
        type=_port,
        default=os.environ.get("UPKEEP_AWS_PORT", DEFAULT_AWS_PORT),
        help="port of the AWS API, 0 for any (default: UPKEEP_AWS_PORT or %(default)s)",
    )
    parser.add_argument(
        "--dd-port",
        type=_port,
        default=os.environ.get("UPKEEP_DD_PORT", DEFAULT_DATADOG_PORT),
        help="port of the Datadog API, 0 for any (default: UPKEEP_DD_PORT or %(default)s)",
    )
    parser.add_argument(
        "--state",
        type=Path,
        default=DEFAULT_STATE,
        help="file that says where the sandbox is (default: build/sandbox.json)",
    )
    parser.add_argument(
        "--with-parent", action="store_true", help="end when the process that started this ends"
    )
    parser.add_argument(
        "--without-providers", action="store_true", help="only the clouds, no provider stand-ins"
    )
    parser.add_argument(
        "--without-estate", action="store_true", help="an empty cloud: seed nothing"
    )
    parser.add_argument(
        "--databases",
        choices=DATABASES,
        default=MOTO_ONLY,
        help="what stands behind an RDS instance (default: %(default)s)",
    )
    return parser.parse_args()


def main() -> int:
    """Run until a signal; 0 after an orderly end, 1 with one line when something is wrong."""
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _stop)
    try:
        return _run()
    except _Stopped:
        return 0


def _run() -> int:
    # Imported after the signals are in hand: Ctrl-C while this loads is no traceback either.
    from sandbox.server import Sandbox, SandboxError

    arguments = _arguments()
    if arguments.with_parent:
        die_with_parent()
    try:
        with Sandbox(
            aws_port=arguments.aws_port,
            datadog_port=arguments.dd_port,
            state=arguments.state,
            providers=not arguments.without_providers,
            estate=not arguments.without_estate,
            databases=arguments.databases,
        ) as sandbox:
            addresses = sandbox.addresses
            print(f"AWS_ENDPOINT_URL={addresses.aws_endpoint_url}")
            print(f"DD_API_URL={addresses.dd_api_url}")
            print(f"DNS={addresses.dns}")
            print(f"PULUMI_DEBUG_PROVIDERS={addresses.debug_providers}")
            print("ready; Ctrl-C stops it", flush=True)
            while True:
                sandbox.check()
                time.sleep(0.2)
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
