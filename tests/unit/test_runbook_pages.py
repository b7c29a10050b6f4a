"""The pages of runbooks and alerts: every link of every alert leads to one."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.read import read_stack_file
from pulumi_upkeep.recover.runbook.of_plan import runbooks_of

from tools.upkeep.declared import ALARMS, MONITOR, SYNTHETIC_TEST, declared
from tools.upkeep.runbook_pages import alert_pages, page_of, pages, write

PROJECT = Path(__file__).resolve().parents[2]
COMPONENTS = PROJECT / "components" / "pulumi_upkeep"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read_stack_file(PROJECT / "Pulumi.prod.yaml").plan()


@pytest.fixture(scope="module")
def written(plan: Plan) -> dict[str, str]:
    return pages(plan, "bynomi", "prod")


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name == "href" and value]


def links(text: str) -> list[str]:
    parser = Links()
    parser.feed(text)
    return parser.found


def named_in_code() -> set[str]:
    """The pages that components name in so many words."""
    found = set()
    for path in COMPONENTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg in ("runbook", "page"):
                value = node.value
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found.add(value.value)
    return found


@pytest.mark.slow
def test_every_page_names_whom_to_call(plan: Plan, written: dict[str, str]) -> None:
    """Contacts and tiers on each, providers where something is done; never a secret's value."""
    for name, text in written.items():
        for contact in plan.contacts.values():
            assert contact.role in text, name
        assert "tier-3, when it is complex" in text, name
        assert "pulumi config get upkeep:onCallPhone" in text, name
        assert ("Amazon Web Services (hosting)" in text) == (
            name == "index" or name in {each.key for each in runbooks_of(plan, "bynomi", "prod")}
        ), name
    tiers = re.findall(r"<tr><td>(tier-\d|emergency)</td>", written["index"])
    assert tiers == ["tier-1", "tier-2", "tier-3", "emergency"]
    assert "2 hours of business hours, next day outside of them" in written["index"]


@pytest.mark.slow
def test_no_page_that_a_component_names_is_missing(plan: Plan) -> None:
    runbooks = runbooks_of(plan, "bynomi", "prod")
    known = alert_pages()
    missing = {name for name in named_in_code() if page_of(name, known, runbooks) is None}
    assert missing == set()
    # And the check can fail.
    assert page_of("no-such-page", known, runbooks) is None


def test_a_page_for_each_runbook_and_each_check_of_the_plan(written: dict[str, str]) -> None:
    assert {
        "application-server-failure-web",
        "complete-outage",
        "database-failure-orders",
        "index",
        "uptime-checkout",
        "uptime-homepage",
    } <= written.keys()
    assert not [name for name in written if "*" in name]


@pytest.mark.slow
def test_every_link_leads_to_a_page(written: dict[str, str], tmp_path: Path, plan: Plan) -> None:
    write(plan, "bynomi", "prod", tmp_path)
    for name in written:
        here = tmp_path if name == "index" else tmp_path / name
        for link in links((here / "index.html").read_text(encoding="utf-8")):
            # By its whole name: a folder is opened by a server alone.
            assert (here / link).is_file(), (name, link)


def test_a_runbooks_page_has_every_step_and_the_command_that_starts_it(
    written: dict[str, str], plan: Plan
) -> None:
    for runbook in runbooks_of(plan, "bynomi", "prod"):
        text = written[runbook.key]
        assert runbook.start in text
        steps = re.findall(r'<li id="(\w+)"', text)
        assert steps == [step.name for step in runbook.steps]
    assert (
        "aws ssm start-automation-execution --region us-west-2 "
        "--document-name bynomi-prod-database-failure-orders"
    ) in written["database-failure-orders"]


def test_an_alert_leads_to_the_runbook_that_helps(written: dict[str, str]) -> None:
    assert "../database-failure-orders/index.html" in links(written["two-writers"])
    assert "../application-server-failure-web/index.html" in links(written["uptime-checkout"])


def test_a_plan_without_runbooks_has_pages_for_its_alerts() -> None:
    plan = read_stack_file(PROJECT / "Pulumi.prod.yaml").plan()
    without = plan.model_copy(update={"recovery": None})
    found = pages(without, "bynomi", "prod")
    assert "database-failure-orders" not in found
    assert "replica-lag" in found


def test_users_return_by_lines_of_the_plan_and_commands(plan: Plan) -> None:
    servers = next(each for each in runbooks_of(plan, "bynomi", "prod") if each.of == "web")
    text = "\n".join(servers.after)
    returned = [f"`upkeep:standby.web.returned: {share} %`" for share in (10, 50, 100)]
    places = [text.index(line) for line in (*returned, "aws elbv2 modify-rule", "Take `returned`")]
    assert places == sorted(places)
    assert "aws autoscaling update-auto-scaling-group --region us-west-2" in text


def test_the_page_of_everything_says_where_the_files_are(plan: Plan) -> None:
    everything = next(
        each for each in runbooks_of(plan, "bynomi", "prod") if each.key == "complete-outage"
    )
    names = [step.name for step in everything.steps]
    assert names.index("files_product_images") < names.index("servers_web")
    text = "\n".join(everything.after)
    assert "write bynomi-prod-product-images-usw2." in text
    assert "Files of user-uploads have no replica." in text


def test_a_restored_database_comes_into_use_as_the_next_generation(plan: Plan) -> None:
    database = next(each for each in runbooks_of(plan, "bynomi", "prod") if each.of == "orders")
    text = "\n".join(database.after)
    assert "`upkeep:writers.orders.active: orders-usw2-2`" in text
    assert "--new-db-instance-identifier bynomi-prod-orders-usw2-2" in text


@pytest.mark.slow
@pytest.mark.parametrize("file", ["Pulumi.prod.yaml", "Pulumi.staging.yaml"])
def test_every_alert_that_is_declared_leads_to_a_page_that_is_written(file: str) -> None:
    found = declared(PROJECT / file)
    written = pages(found.plan, "bynomi", found.stack)
    addresses = re.compile(rf"{re.escape(str(found.plan.runbooks))}/([\w-]+)")
    texts = {
        name: str(each.props.get("alarmDescription") or each.props.get("message"))
        for name, each in found.of(*ALARMS, MONITOR, SYNTHETIC_TEST).items()
    }
    named = {name: set(addresses.findall(text)) for name, text in texts.items()}
    assert {name for name, to in named.items() if not to} == set()
    assert {name: to - written.keys() for name, to in named.items() if to - written.keys()} == {}
