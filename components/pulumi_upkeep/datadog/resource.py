"""What every thin Datadog resource type shares: names, plugin version, registration."""

import copy
import functools
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

import pulumi

# The release whose properties the contract test holds these types against.
PINNED_PLUGIN_VERSION = "5.17.0"

_T = TypeVar("_T")


@functools.cache
def plugin_version() -> str:
    """Version of the provider plugin that the engine is asked for.

    That of the installed pulumi-datadog distribution, whose metadata is read without importing it;
    where it is not installed, the pinned release.
    """
    # Imported here because it alone would double the time that importing these types takes.
    import importlib.metadata

    try:
        return importlib.metadata.version("pulumi-datadog")
    except importlib.metadata.PackageNotFoundError:
        return PINNED_PLUGIN_VERSION


def property_name(attribute: str) -> str:
    """The property of an attribute: ``tick_every`` is ``tickEvery``, ``from_`` is ``from``."""
    first, *rest = attribute.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


@dataclass_transform(kw_only_default=True)
def arguments(cls: type[_T]) -> type[_T]:
    """Make a class of annotated attributes into a Pulumi input type.

    An attribute without a value is required; ``= None`` makes it optional and leaves it out of what
    is sent. Type checkers see a constructor with keywords only; at run time a missing or unknown
    keyword is a ``TypeError`` as for any function. Property names are derived, so that no name is
    written twice.
    """
    known = frozenset(cls.__annotations__)
    required = known - cls.__dict__.keys()

    def init(self: object, **given: object) -> None:
        # Pulumi would compile a constructor for each class, at half the cost of importing them all.
        if missing := required - given.keys():
            raise TypeError(f"{cls.__name__}() misses {', '.join(sorted(missing))}")
        if unknown := given.keys() - known:
            raise TypeError(f"{cls.__name__}() does not know {', '.join(sorted(unknown))}")
        self.__dict__.update((key, value) for key, value in given.items() if value is not None)

    for attribute in known:
        setattr(cls, attribute, pulumi.property(property_name(attribute)))
    # By the names that TypedDict gives the same thing; assignments are refused by the type checker.
    setattr(cls, "__required_keys__", required)  # noqa: B010
    setattr(cls, "__init__", init)  # noqa: B010
    return pulumi.input_type(cls)


def with_plugin_version(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """The caller's options, with the plugin's version where they name none."""
    return pulumi.ResourceOptions.merge(pulumi.ResourceOptions(version=plugin_version()), opts)


def as_inputs(args: object, **replaced: object) -> Mapping[str, Any]:
    """A copy of the arguments with some attributes replaced; the caller's own stay as they are."""
    inputs = copy.copy(args)
    inputs.__dict__.update(replaced)
    # Pulumi takes an input type wherever it declares a mapping.
    return cast(Mapping[str, Any], inputs)


class DatadogResource(pulumi.CustomResource):
    """Base of the resource types. A subclass names its token and annotates its outputs::

    class Monitor(DatadogResource, token="datadog:index/monitor:Monitor"):
        name: pulumi.Output[str]
    """

    _token: ClassVar[str]
    _outputs: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls, *, token: str, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._token = token
        cls._outputs = tuple(cls.__annotations__)
        for attribute in cls._outputs:
            setattr(cls, attribute, pulumi.property(property_name(attribute)))

    def _register(self, name: str, args: object, opts: pulumi.ResourceOptions | None) -> None:
        # Outputs that are no inputs must be among the properties, or Pulumi never resolves them.
        unset = {key: None for key in self._outputs if key not in args.__dict__}
        super().__init__(self._token, name, as_inputs(args, **unset), with_plugin_version(opts))
