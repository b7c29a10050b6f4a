"""Tags of what stands in Datadog, which is one organisation for all environments."""

import pulumi


def datadog_tags(
    environment: str, *others: str, service: str | None = None, owner: str | None = None
) -> list[str]:
    """What everything carries, whose it is, and others; sorted, so that nothing ever differs.

    service   Datadog's name of it
    owner     the team
    """
    tags = {*others, f"env:{environment}", f"project:{pulumi.get_project()}"}
    if service:
        tags.add(f"service:{service}")
    if owner:
        tags.add(f"team:{owner}")
    return sorted(tags)
