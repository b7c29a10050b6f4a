"""The environment of a plan: what a company has, looked up; what keeps its plan, declared.

A stack whose configuration is a plan needs no program of its own but these two lines:

    from pulumi_upkeep.environment import deploy

    deploy()

A file for each concern: what of the plan becomes which components, and how they are wired. A stack
that wants single components imports those instead, from ``pulumi_upkeep``.
"""

__all__ = ["deploy"]


def deploy() -> None:
    """The whole program of a stack: reads its plan, declares what keeps it, exports what it made.

    Looks up what the plan says of the estate, in the account that the stack's credentials lead to,
    and makes its own providers: default ones may be switched off. Raises ``pulumi.RunError`` with
    every fault at once, each with its path in the plan, before anything is declared.
    """
    # All components at once: loaded by the stack that wants them.
    from .program import main

    main()
