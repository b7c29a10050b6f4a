"""``make coverage``: every clause of both plans, and what keeps it.

Judged by what runs: in the running sandbox, in one that is deployed for it, or, with ``REAL=1``, in
the account whose credentials are set. Writes build/coverage.json, build/coverage/coverage.md and
build/coverage/index.html.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pulumi_upkeep.plan import PlanError
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tools.upkeep import coverage_page
from tools.upkeep.account.clauses import PLANS
from tools.upkeep.account.companies import COMPANIES, Company, handbook, project, seen
from tools.upkeep.account.declared import DeclaredFacts
from tools.upkeep.account.judge import Judged, judge
from tools.upkeep.account.running import Clients, Running
from tools.upkeep.account.seen import Facts, Seen
from tools.upkeep.declared import Declaration, declared
from tools.upkeep.paths import BUILD
from tools.upkeep.stop import Stop

# Route 53 and CloudFront report there, wherever the rest is.
_GLOBAL_REGION = "us-east-1"


def coverage(console: Console, *, real: bool) -> None:
    """Show and write the account. Stop, with exit status 1, where a clause is not kept."""
    if real:
        from tools.upkeep.account.running.clients import datadog_client
        from tools.upkeep.evidence import client_of

        judged = account(console, client_of(real=True), datadog_client())
    else:
        judged = _of_sandbox(console)
    write(judged, BUILD)
    show(console, judged)
    missing = [each.clause.id for each in judged if not each.kept]
    if missing:
        raise Stop(
            f"{len(missing)} of {len(judged)} clauses are not kept: {', '.join(missing)}; "
            "build/coverage/index.html says what each lacks"
        )


def _of_sandbox(console: Console) -> list[Judged]:
    """The account of the running sandbox, or of one that both companies' environments are deployed
    into."""
    from sandbox.clients import Cloud
    from tools.upkeep import check, local
    from tools.upkeep.account.running.clients import sandbox_client
    from tools.upkeep.deploy import deploy
    from tools.upkeep.engine import engine
    from tools.upkeep.only_one import only_one
    from tools.upkeep.settings import stacks

    with only_one(BUILD / "up.lock", "another `make up` or `make down` is running here"):
        with local.sandbox(console) as (addresses, _):
            clients = Cloud(addresses.aws_endpoint_url)
            for company in COMPANIES:
                (home,) = {file.parent for file in company.stacks.values()}
                names = stacks(home)
                if not all(_is_deployed(clients, company.stacks[name], name) for name in names):
                    check.refuse_broken(check.report_on(names, project=home))
                    pulumi = local.bound(engine(), addresses, home)
                    for name in names:
                        deploy(console, pulumi, name)
            return account(console, clients, sandbox_client(addresses.dd_api_url))


def _is_deployed(clients: Clients, file: Path, stack: str) -> bool:
    from tools.upkeep.account.companies import chapters

    region = chapters(file)["regions"]["primary"]
    found = clients("cloudwatch", region).describe_alarms(
        AlarmNamePrefix=f"{project(file)}-{stack}-", MaxRecords=1
    )
    return bool(found["MetricAlarms"])


def account(console: Console, clients: Clients, api: Any) -> list[Judged]:
    """The judgement of what runs. What a company has not deployed is judged by what it declares,
    and says so."""
    companies: dict[str, Seen] = {}
    only_declared: dict[str, bool] = {}
    for company in COMPANIES:
        declarations: dict[Path, Declaration] = {}
        for name, file in company.stacks.items():
            console.print(f"{company.plan} {name}: asked for what runs", style="dim")
            declarations[file] = _declared(file)
            _write_handbook(declarations[file], handbook(file, name))
        reader = partial(_running, clients, api)
        found = seen(company, reader)
        if not any(stack.of("alarm") for stack in found.stacks.values()):
            found = seen(company, partial(_of_declaration, declarations))
            only_declared[company.plan] = True
        companies[company.plan] = found
    judged = judge(companies)
    for company in COMPANIES:
        _say_unread(console, companies[company.plan])
    return [
        each.by_declaration() if only_declared.get(each.clause.plan) else each for each in judged
    ]


def of_declaration(companies: Sequence[Company] = COMPANIES) -> list[Judged]:
    """The judgement of what the stack files declare, offline."""
    judged = judge({company.plan: seen_declared(company) for company in companies})
    return [each.by_declaration() for each in judged]


def seen_declared(company: Company) -> Seen:
    """What is seen of a company by what its stack files declare."""
    declarations = {file: _declared(file) for file in company.stacks.values()}
    for name, file in company.stacks.items():
        _write_handbook(declarations[file], handbook(file, name))
    return seen(company, partial(_of_declaration, declarations))


def write_declared(target: Path) -> None:
    """Write the account of what the stack files declare, as build/coverage.json is written. Stop
    where the file is none of ours: a stack file's name is quickly given by mistake."""
    if target.suffix != ".json":
        raise Stop(f"--declared: it is written to, so it ends in .json; `{target.name}` does not")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(as_text(of_declaration()), encoding="utf-8")


def _declared(file: Path) -> Declaration:
    try:
        return declared(file)
    except PlanError as error:
        raise Stop(f"{file.name}: {error}") from None


def _running(
    clients: Clients, api: Any, stack: str, _: Path, prefix: str, plan: Mapping[str, Any]
) -> Facts:
    regions = plan["regions"]
    return Running(
        clients, api, prefix, stack, (regions["primary"], regions["recovery"], _GLOBAL_REGION)
    )


def _of_declaration(
    declarations: Mapping[Path, Declaration],
    _: str,
    file: Path,
    prefix: str,
    __: Mapping[str, Any],
) -> Facts:
    return DeclaredFacts(declarations[file], prefix)


def _write_handbook(found: Declaration, folder: Path) -> None:
    """Documents are judged as they are made of today's plan."""
    from tools.upkeep.handbook.site import write as write_site

    write_site(found, folder)


def _say_unread(console: Console, found: Seen) -> None:
    for stack in found.stacks.values():
        for kind, why in sorted(getattr(stack.facts, "unread", {}).items()):
            console.print(f"{stack.prefix}: {kind} cannot be asked for: {why}", style="yellow")


# ---- what is written and shown -----------------------------------------------------------------


def write(judged: Sequence[Judged], folder: Path) -> None:
    """The account as data, as Markdown and as a page."""
    pages = folder / "coverage"
    pages.mkdir(parents=True, exist_ok=True)
    (folder / "coverage.json").write_text(as_text(judged), encoding="utf-8")
    (pages / "coverage.md").write_text(coverage_page.markdown(judged), encoding="utf-8")
    (pages / "index.html").write_text(coverage_page.page(judged), encoding="utf-8")


def as_text(judged: Sequence[Judged]) -> str:
    """The content of build/coverage.json: a list of all clauses, in the plans' order."""
    return json.dumps([each.as_data() for each in judged], indent=2, ensure_ascii=False) + "\n"


def show(console: Console, judged: Sequence[Judged]) -> None:
    """A table for each plan."""
    for plan in PLANS:
        of_plan = [each for each in judged if each.clause.plan == plan]
        kept = sum(each.kept for each in of_plan)
        console.print()
        console.print(f"[bold]{plan}[/]: {kept} of {len(of_plan)} clauses kept", highlight=False)
        console.print(Padding(_table(of_plan), (0, 0, 0, 2), expand=False))
    kept = sum(each.kept for each in judged)
    console.print()
    console.print(
        f"{kept} of {len(judged)} clauses kept; [dim]build/coverage/index.html has all evidence[/]",
        style="green" if kept == len(judged) else "red",
        highlight=False,
    )


def _table(judged: Sequence[Judged]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in ("clause", "state"):
        table.add_column(column, no_wrap=True)
    table.add_column("plan", overflow="fold", max_width=34)
    table.add_column("by", overflow="fold")
    for each in judged:
        table.add_row(
            each.clause.id,
            Text("kept", "green") if each.kept else Text("missing", "red"),
            Text(", ".join(each.clause.entries)),
            Text("\n".join(_in_short(each))),
        )
    return table


def _in_short(each: Judged) -> Iterator[str]:
    said = each.evidence if each.kept else each.missing
    shown = 1 if each.kept else 3
    yield from said[:shown]
    if len(said) > shown:
        yield f"and {len(said) - shown} more"
