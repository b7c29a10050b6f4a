"""``make up``: deploy the environments, one after the other, and say what they hold."""

import time
from pathlib import Path

from rich.console import Console

from tools.upkeep import check, deployed, local, settings, summary, summary_page
from tools.upkeep.deploy import deploy
from tools.upkeep.engine import engine
from tools.upkeep.only_one import only_one
from tools.upkeep.paths import BUILD, PROJECT
from tools.upkeep.state import exported


def up(
    console: Console, stack: str | None, *, keep: bool = False, file: Path | None = None
) -> None:
    """Deploy one stack, or all of them, into the running sandbox or one of its own.

    file: the stack file of another project, which is deployed instead.
    keep: leave a sandbox of its own running, until Ctrl-C.
    Stop where a plan does not hold (nothing is started then), or a deployment fails.
    """
    from sandbox.providers.catalogue import checked_only

    started = time.monotonic()
    project = file.resolve().parent if file else PROJECT
    stacks = settings.chosen(project, settings.stack_of(file) if file else stack)
    report = check.report_on(stacks, project=project)
    check.refuse_broken(report)
    check.refuse_unknown_names(report, project)
    with only_one(BUILD / "up.lock", "another `make up` or `make down` is running here"):
        using = engine()
        with local.sandbox(console) as (addresses, was_running):
            pulumi = local.bound(using, addresses, project)
            environments = []
            for name in stacks:
                began = time.monotonic()
                operated = deploy(console, pulumi, name)
                seconds = time.monotonic() - began
                state = exported(pulumi, name)
                # Proved again with what the deployment found in the estate.
                facts = deployed.estate_facts(state)
                (judged,) = check.report_on([name], facts, project).stacks
                environments.append(
                    summary.environment(
                        name,
                        state,
                        judged,
                        operated,
                        seconds,
                        checked_only,
                    )
                )
            result = summary.Summary(
                environments=environments,
                engine=using.version,
                seconds=time.monotonic() - started,
                aws_endpoint_url=addresses.aws_endpoint_url,
                dd_api_url=addresses.dd_api_url,
            )
            result.write(BUILD / "summary.json")
            unproven = summary_page.unproven_page(result)
            (BUILD / Path(summary_page.UNPROVEN).name).write_text(unproven, encoding="utf-8")
            summary_page.show(console, result)
            _what_now(console, was_running, keep)
            while keep and not was_running:
                time.sleep(1)


def _what_now(console: Console, was_running: bool, keep: bool) -> None:
    if was_running:
        text = "the sandbox keeps running: look at it with boto3 or Datadog's client"
    elif keep:
        text = "the sandbox runs until Ctrl-C"
    else:
        text = "the sandbox ends with this command; `make sandbox` keeps one to look at"
    console.print(text, style="dim", highlight=False)
