"""A cloud on this machine: AWS, Datadog, and stand-ins for Pulumi's providers."""
