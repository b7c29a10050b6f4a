"""``make drill SCENARIO=database-failure``: break the primary, run the runbook, count what is left.

A sandbox of its own with real databases gets the stack by the real program and the real engine.
Somebody places numbered orders by the public name, all the while. The primary is broken; that very
document which the stack declared is started in the recovery region; what is reported comes from the
databases themselves and from an independent client. ``build/drill-<scenario>.json`` and ``.html``
hold it. A drill that does not pass ends with status 1.

With ``--plant`` something is broken that must make it fail: who wants to see that a drill can.
"""

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pulumi_upkeep.plan import PlanError
from pulumi_upkeep.plan.read import load_plan
from rich.console import Console

from sandbox.server import Addresses, SandboxError, running_sandbox
from tools.upkeep import drill_runbook as runbook
from tools.upkeep.deploy import deploy
from tools.upkeep.drill_orders import Writer
from tools.upkeep.drill_page import page, show
from tools.upkeep.drill_result import Moment, Result, Step
from tools.upkeep.drill_scenarios import SCENARIOS, Scenario, judge
from tools.upkeep.drill_stage import Member, Stage
from tools.upkeep.engine import engine
from tools.upkeep.only_one import only_one
from tools.upkeep.paths import BUILD, PROJECT
from tools.upkeep.pulumi import Pulumi
from tools.upkeep.settings import chosen, stack_file
from tools.upkeep.stop import Stop

# How much faster than in AWS checks ask, alarms look and documents wait.
SPEED = 30.0
# Orders before the failure, and after a replica was paused.
_ORDERS_BEFORE = 20
_ORDERS_AFTER_PAUSE = 12
_ORDERS_AFTER = 5
_SECONDS_TO_BEGIN = 30.0
_SECONDS_OF_HEALTH = 3 * 30.0 + 30.0
_SECONDS_TO_RECOVER = 20.0
_SECONDS_TO_FALL_IN_STEP = 15.0

PLANTS = (
    "replication-paused",
    "fencing-skipped",
    "backups-expired",
    "step-removed:<name>",
    "primary-back:<name>",
)


@dataclass(frozen=True)
class Plant:
    """What is broken on purpose.

    paused: the replica stops receiving before the failure.
    expired: no backup is left to restore from.
    removed: names of steps that the document lacks; ``*fence*`` stands for the fencing.
    back: the step at whose end the primary side comes back, in the middle of a run; empty for none.
    """

    words: tuple[str, ...] = ()
    paused: bool = False
    expired: bool = False
    removed: tuple[str, ...] = ()
    back: str = ""

    @classmethod
    def of(cls, words: Sequence[str]) -> "Plant":
        """From the words of the command line; Stop where one is not known."""
        removed, back = [], ""
        for word in words:
            kind, _, name = word.partition(":")
            if kind == "step-removed" and name:
                removed.append(name)
            elif word == "fencing-skipped":
                removed.append(_FENCING)
            elif kind == "primary-back" and name:
                back = name
            elif word not in ("replication-paused", "backups-expired"):
                raise Stop(f"--plant {word}: one of {', '.join(PLANTS)}")
        return cls(
            tuple(words),
            "replication-paused" in words,
            "backups-expired" in words,
            tuple(removed),
            back,
        )

    def removes(self, step: str) -> bool:
        """Whether a step of the document is left out."""
        return any(
            step == name or (name == _FENCING and "fence" in step.lower()) for name in self.removed
        )


_FENCING = "*fence*"


def drill(console: Console, scenario: str, stack: str, plants: Sequence[str] = ()) -> None:
    """Play a scenario in a sandbox of its own. Stop where it does not pass."""
    if scenario not in SCENARIOS:
        raise Stop(f"SCENARIO={scenario}: one of {', '.join(SCENARIOS)}")
    plant = Plant.of(plants)
    [stack] = chosen(PROJECT, stack)
    folder = BUILD / "drill"
    with only_one(BUILD / "drill.lock", "another `make drill` is running here"):
        with staged(console, stack, folder) as stage:
            result = play(console, stage, SCENARIOS[scenario], plant)
        result.write(BUILD)
        target = BUILD / f"drill-{scenario}.html"
        target.write_text(page(result), encoding="utf-8")
    show(console, result)
    console.print(f"  the whole of it: build/drill-{scenario}.html, .json\n", highlight=False)
    if not result.passed:
        failed = [check.name for check in result.checks if not check.passed]
        raise Stop(f"the drill of {scenario} did not pass: {'; '.join(failed)}")


@contextlib.contextmanager
def staged(console: Console, stack: str, folder: Path) -> Iterator[Stage]:
    """A sandbox with real databases in which the stack is deployed."""
    import shutil

    # A cloud of an earlier drill is gone, and its state describes nothing.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    using = engine()
    try:
        with running_sandbox(state=folder / "sandbox.json", databases="real") as addresses:
            # With what the plan builds for drills alone.
            built = {**addresses.environment, "UPKEEP_DRILL": "on"}
            pulumi = Pulumi(using, folder / "state", built, PROJECT)
            deploy(console, pulumi, stack)
            yield stage_of(addresses, stack)
    except SandboxError as error:
        raise Stop(str(error)) from None


def stage_of(addresses: Addresses, stack: str) -> Stage:
    """The stage of a deployed stack. Stop where its plan has nobody who could take over."""
    try:
        plan = load_plan(stack_file(PROJECT, stack))
    except PlanError as error:
        raise Stop(str(error)) from None
    named = [name for name, writer in plan.writers.items() if writer.name and writer.successor]
    if not named or not plan.standby:
        raise Stop(
            f"Pulumi.{stack}.yaml: a drill needs `standby` and a writer in `writers` "
            "with `name` and `successor`"
        )
    return Stage(addresses, plan, stack, named[0])


class _Play:
    """One drill, from its first order to its last look."""

    def __init__(self, console: Console, stage: Stage, scenario: Scenario, plant: Plant) -> None:
        self._console = console
        self.stage = stage
        self.scenario = scenario
        self.plant = plant
        self.is_back = False
        self.result = Result(scenario.name, stage.stack, plant.words, speed=SPEED)
        self.document = ""
        # Both clocks, from the moment of the failure on.
        self.failed_at = 0.0
        self.failed_on = time.monotonic()

    def tell(self, what: str) -> None:
        at = time.monotonic() - self.failed_on
        self.result.moments.append(Moment(at, what))
        told = f"{at:+7.1f} s  {what}" if self.failed_at else f"           {what}"
        self._console.print(f"  {told}", highlight=False, markup=False)

    def prepare(self, writer: Writer) -> None:
        """A runbook is there, orders flow, names lead where they should."""
        stage, dns = self.stage, self.result.dns
        self.document = runbook.document_of(stage, self.scenario.name)
        if self.plant.removed:
            self.document, names = runbook.planted(stage, self.document, self.plant.removes)
            self.tell(f"planted: {self.document} lacks {', '.join(names)}")
        if not writer.wait(_ORDERS_BEFORE, _SECONDS_TO_BEGIN):
            last = writer.orders[-1] if writer.orders else None
            raise Stop(f"no orders are taken before anything is broken: {last}")
        # Health checks believe themselves after three answers, thirty seconds apart.
        time.sleep(_SECONDS_OF_HEALTH / SPEED)
        dns["site"], dns["writer"] = stage.site, stage.writer_name
        dns["site_before"] = stage.addresses_of(stage.site)
        dns["writer_before"] = stage.addresses_of(stage.writer_name)
        dns["standby"] = stage.addresses_of(self._standby())
        for member, key in ((stage.writer, "primary"), (stage.successor, "successor")):
            dns[key] = stage.addresses_of(stage.endpoint(member) or "")

    def _standby(self) -> str:
        """The name of the standby's own load balancer."""
        [group] = [
            each
            for each in self.stage.aws("elbv2", self.stage.recovery).describe_load_balancers()[
                "LoadBalancers"
            ]
            if self.stage.stack in each["LoadBalancerName"] and each["Scheme"] == "internet-facing"
        ]
        return str(group["DNSName"])

    def in_step(self, writer: Writer) -> None:
        """Between two orders, with nothing on its way to the replica."""
        deadline = time.monotonic() + _SECONDS_TO_FALL_IN_STEP
        while (behind := self.stage.bytes_behind()) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.tell(
            f"{len(writer.acknowledged())} orders acknowledged; "
            f"{self.stage.successor.name} is {behind} bytes behind"
        )

    def break_it(self, writer: Writer) -> None:
        """Plant what is to be planted, then break the primary between two orders."""
        stage = self.stage
        replicated: set[int] = set()
        if self.plant.expired:
            self._expire()
        if self.plant.paused:
            with writer.held():
                self.in_step(writer)
                how = {"how": "pause-replication"}
                stage.control("POST", f"databases/{stage.successor.name}/fail", how)
                replicated = writer.acknowledged()
            self.tell(f"planted: {stage.successor.name} receives no more")
            if not writer.wait(_ORDERS_AFTER_PAUSE, _SECONDS_TO_BEGIN):
                raise Stop("no orders are taken while the replication is paused")
        with writer.held():
            if self.plant.paused:
                self.result.not_replicated = writer.acknowledged() - replicated
            else:
                self.in_step(writer)
            self.scenario.breaks(stage)
            self.failed_at, self.failed_on = time.time(), time.monotonic()
            # What was told before now counts backwards from here.
            self.result.moments = [
                Moment(-0.1 * (len(self.result.moments) - number), each.what)
                for number, each in enumerate(self.result.moments)
            ]
        self.tell(f"broken: {self.scenario.says}")

    def _expire(self) -> None:
        """Damage that the replica copies, and nothing left to restore from."""
        stage = self.stage
        backup = stage.aws("backup", stage.recovery)
        deleted = 0
        for vault in backup.list_backup_vaults()["BackupVaultList"]:
            name = vault["BackupVaultName"]
            points = backup.list_recovery_points_by_backup_vault(BackupVaultName=name)
            for point in points["RecoveryPoints"]:
                backup.delete_recovery_point(
                    BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"]
                )
                deleted += 1
        # Whoever connects from now on can only read, there and, after a promotion, here.
        damage = f"ALTER DATABASE {stage.database_name} SET default_transaction_read_only = on"
        stage.control(
            "POST",
            f"databases/{stage.writer.name}/fail",
            {"how": "corrupt", "database": "postgres", "sql": damage},
        )
        self.tell(
            f"planted: the data is damaged, and so is the replica's; {deleted} recovery points in "
            f"{stage.recovery} have expired"
        )

    def run(self) -> None:
        """Start the document, and see it through."""
        document = self.document
        self.tell(f"started: {document} in {self.stage.recovery}")
        runs = runbook.run(self.stage, document, self.failed_at, self._heard)
        self.result.executions += runs
        self.tell(f"ended: {runs[0].status} {runs[0].said}".rstrip())

    def _heard(self, step: Step) -> None:
        if step.status == "Waiting":
            self.tell(f"{step.name} asks a person, who agrees")
            return
        took = f" ({step.seconds:.1f} s)" if step.seconds is not None else ""
        self.tell(f"{step.name}: {step.status}{took} {step.said}".rstrip())
        if step.name == self.plant.back and not self.is_back:
            self.comes_back()

    def comes_back(self) -> None:
        """What failed is there again."""
        self.is_back = True
        self.scenario.heals(self.stage)
        self.tell("the primary side is back")

    def look(self, writer: Writer) -> None:
        """What an independent client finds when the old side is back."""
        stage, result = self.stage, self.result
        writer.stop()
        members = [stage.writer, stage.successor]
        states = {member.name: stage.state_of(member) for member in members}
        result.summary = states
        result.writable = sorted(name for name, state in states.items() if state == "writable")
        if self.scenario.database_moves:
            result.fenced = states[stage.writer.name] in ("refuses", "read-only")
        result.acknowledged = writer.acknowledged()
        result.refused = len(writer.orders) - len(result.acknowledged)
        kept = self._kept(stage.successor if self.scenario.database_moves else stage.writer)
        result.lost = result.acknowledged - kept
        result.unacknowledged_kept = len(kept - result.acknowledged)
        result.unwritable_seconds = writer.gap(self.failed_on)
        result.alarms = sorted(
            {
                f"{each['alarm']} ({each['region']})"
                for each in stage.control("GET", "alarms")
                if each["state"] == "ALARM" and each["at"] >= self.failed_at
            }
        )
        for name, state in states.items():
            self.tell(f"{name}: {state}")

    def look_at_names(self) -> None:
        """Where names lead once the runbook has ended."""
        stage, dns = self.stage, self.result.dns
        dns["site_after"] = stage.addresses_of(stage.site)
        dns["writer_after"] = stage.addresses_of(stage.writer_name)
        status, said = stage.asked(stage.site, "GET", "/api/health")
        dns["served_by"] = said.get("region") if status == 200 and isinstance(said, dict) else None

    def _kept(self, member: Member) -> set[int]:
        try:
            return self.stage.orders_in(member)
        except (
            Exception
        ) as error:  # whatever the driver raises: nothing can be read, so all is lost
            self.tell(f"{member.name} cannot be read: {error}")
            return set()


def play(console: Console, stage: Stage, scenario: Scenario, plant: Plant) -> Result:
    """Play a scenario on a stage that is set."""
    began = time.monotonic()
    _ = stage.credentials, stage.database_name
    stage.control("POST", "clock", {"speed": SPEED})
    stage.control("POST", "automation", {"speed": SPEED})
    stage.control(
        "POST",
        "shop",
        {
            "database": stage.writer_name,
            "secret": stage.secret_name,
            "name": stage.database_name,
        },
    )
    for member in (stage.writer, stage.successor):
        stage.endpoint(member)
    playing = _Play(console, stage, scenario, plant)
    with Writer(stage) as writer:
        try:
            playing.prepare(writer)
        except runbook.NoRunbook as none:
            raise Stop(str(none)) from None
        playing.break_it(writer)
        playing.run()
        recovered = writer.wait(_ORDERS_AFTER, _SECONDS_TO_RECOVER)
        playing.look_at_names()
        # The primary comes back, as it does sooner or later.
        if not playing.is_back:
            playing.comes_back()
        if scenario.database_moves:
            _settle(stage)
        if scenario.name == "complete-outage" and not plant.removed:
            playing.tell(f"{stage.writer.name} is {stage.state_of(stage.writer)} again")
            # Only now can the old primary be fenced: the runbook, run again, does it.
            playing.run()
        if recovered:
            writer.wait(_ORDERS_AFTER, _SECONDS_TO_RECOVER)
        playing.look(writer)
    judge(scenario, stage, playing.result)
    playing.result.seconds = time.monotonic() - began
    return playing.result


def _settle(stage: Stage) -> None:
    """Wait until every server has come up, or has been kept from it."""
    deadline = time.monotonic() + _SECONDS_TO_RECOVER
    standing = ("available", "stopped", "failed")
    while time.monotonic() < deadline:
        seen = stage.control("GET", "databases")
        if all(each["status"] in standing for each in seen["databases"]):
            return
        time.sleep(0.1)
