"""The Datadog provider: the account that resources are made in."""

import pulumi

from ..thin import arguments, as_inputs, with_plugin_version


@arguments
class ProviderArgs:
    """Credentials and place of a Datadog organisation."""

    api_key: pulumi.Input[str | None] = None
    """API key. Kept secret in the state whether or not it arrives as one."""
    app_key: pulumi.Input[str | None] = None
    """Application key. Kept secret like ``api_key``."""
    api_url: pulumi.Input[str | None] = None
    """Default ``https://api.datadoghq.com``; must not end in ``/api/``."""
    validate: pulumi.Input[str | None] = None
    """``"true"`` (default) checks the keys when the provider starts; a string, not a boolean."""
    http_client_retry_enabled: pulumi.Input[str | None] = None
    """``"true"`` (default) repeats requests refused with 429 or 5xx."""


class Provider(pulumi.ProviderResource):
    """An explicit Datadog provider, to be handed to resources and components."""

    def __init__(
        self, name: str, args: ProviderArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        secrets = {
            key: pulumi.Output.secret(args.__dict__[key])
            for key in ("api_key", "app_key")
            if key in args.__dict__
        }
        stated = with_plugin_version(
            "datadog", opts, additional_secret_outputs=["apiKey", "appKey"]
        )
        super().__init__("datadog", name, as_inputs(args, **secrets), stated)
