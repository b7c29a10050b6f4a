"""Stand-ins for Pulumi's provider plugins, for machines that cannot download them."""
