"""What every thin type shares: resources, look-ups and their values, without a vendor's package.

A vendor's package holds thousands of types, and using one of them loads hundreds: seconds and
hundreds of megabytes at every start of a stack. The types in use are declared here instead,
straight on Pulumi's own base classes, with the vendor's tokens and property names. A stack deploys
them with the official provider plugin, and a state made through one can be carried on through the
other.

A new resource type is its argument classes, decorated with ``arguments``, and a class on
:class:`Resource` that names the token and annotates the outputs. A look-up is a class of what it
finds, decorated with ``results``, and a function that calls :func:`look_up`. The contract tests
find both by themselves and hold them against the real packages.
"""

import copy
import functools
from collections.abc import Awaitable, Mapping
from typing import Any, ClassVar, Generic, TypeVar, cast, dataclass_transform

import pulumi
from pulumi.runtime.sync_await import _sync_await

# The releases whose types the contract tests hold these against.
PINNED_PLUGIN_VERSIONS = {"aws": "7.51.1", "datadog": "5.17.0"}

Args = TypeVar("Args")
_T = TypeVar("_T")


@functools.cache
def plugin_version(package: str) -> str:
    """Version of the provider plugin that the engine is asked for.

    package   ``aws`` or ``datadog``

    That of the installed distribution (``pulumi-aws``), whose metadata is read without importing
    it; where it is not installed, the pinned release.
    """
    # Imported here because it alone would double the time that importing these types takes.
    import importlib.metadata

    try:
        return importlib.metadata.version(f"pulumi-{package}")
    except importlib.metadata.PackageNotFoundError:
        return PINNED_PLUGIN_VERSIONS[package]


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

    _name_properties(cls)
    # By the names that TypedDict gives the same thing; assignments are refused by the type checker.
    setattr(cls, "__required_keys__", required)  # noqa: B010
    setattr(cls, "__init__", init)  # noqa: B010
    made = pulumi.input_type(cls)
    for attribute in known:
        # Pulumi asks for the type of every value that it sends, for dicts that are given instead
        # of an argument class. A type checker lets none be given, and the asking is dear.
        cls.__dict__[attribute].fget.__annotations__.clear()
    return made


def results(cls: type[_T]) -> type[_T]:
    """Make a class of annotated attributes into what a look-up finds; names are derived."""
    _name_properties(cls)
    return pulumi.output_type(cls)


def _name_properties(cls: type) -> None:
    for attribute in cls.__annotations__:
        setattr(cls, attribute, pulumi.property(property_name(attribute)))


def as_inputs(args: object, **replaced: object) -> Mapping[str, Any]:
    """A copy of the arguments with some attributes replaced; the caller's own stay as they are."""
    inputs = copy.copy(args)
    inputs.__dict__.update(replaced)
    # Pulumi takes an input type wherever it declares a mapping.
    return cast(Mapping[str, Any], inputs)


def with_plugin_version(
    package: str, opts: pulumi.ResourceOptions | None, **stated: Any
) -> pulumi.ResourceOptions:
    """The caller's options with what is stated, and the plugin's version where they name none."""
    ours = pulumi.ResourceOptions(version=plugin_version(package), **stated)
    return pulumi.ResourceOptions.merge(ours, opts)


class Resource(pulumi.CustomResource, Generic[Args]):
    """Base of the resource types. A subclass names its token and annotates its outputs::

        class Topic(Resource[TopicArgs], token="aws:sns/topic:Topic"):
            arn: pulumi.Output[str]

    ``secrets`` are properties that are kept secret whether or not they are given as secrets.
    """

    _token: ClassVar[str]
    _outputs: ClassVar[tuple[str, ...]]
    _secrets: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls, *, token: str, secrets: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._token = token
        cls._outputs = tuple(cls.__annotations__)
        cls._secrets = secrets
        _name_properties(cls)

    def __init__(self, name: str, args: Args, opts: pulumi.ResourceOptions | None = None) -> None:
        # Outputs that are no inputs must be among the properties, or Pulumi never resolves them.
        given = args.__dict__
        unset = {key: None for key in self._outputs if key not in given}
        secret = {key: pulumi.Output.secret(given[key]) for key in self._secrets if key in given}
        package = self._token.partition(":")[0]
        stated = {"additional_secret_outputs": list(self._secrets)} if self._secrets else {}
        super().__init__(
            self._token,
            name,
            as_inputs(args, **unset, **secret),
            with_plugin_version(package, opts, **stated),
        )


async def look_up(
    token: str, found: type[_T], opts: pulumi.InvokeOptions | None, **asked: object
) -> _T:
    """What is there already; raises a bare ``Exception`` in the provider's words."""
    return cast(_T, await pulumi.runtime.invoke_async(*_question(token, asked, opts), typ=found))


def wait_for(looking: Awaitable[_T]) -> _T:
    """What look-ups find, for a program that decides by it what to declare.

    Gather them first and wait once: they then run beside each other, and each time that a program
    waits costs more than the last.
    """
    # Pulumi's own bridge from a program to its event loop, which its generated packages use, too.
    return _sync_await(looking)


def look_up_later(
    token: str, found: type[_T], opts: pulumi.InvokeOptions | None, **asked: object
) -> pulumi.Output[_T]:
    """What is there already, as an Output: the provider that is asked may not exist yet."""
    return pulumi.runtime.invoke_output(*_question(token, asked, opts), typ=found)


def _question(
    token: str, asked: Mapping[str, object], opts: pulumi.InvokeOptions | None
) -> tuple[str, dict[str, object], pulumi.InvokeOptions]:
    given = {property_name(key): value for key, value in asked.items() if value is not None}
    version = pulumi.InvokeOptions(version=plugin_version(token.partition(":")[0]))
    return token, given, pulumi.InvokeOptions.merge(version, opts)
