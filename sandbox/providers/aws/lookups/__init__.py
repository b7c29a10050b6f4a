"""What a program may look up (`get_*`): `token -> function(api, args) -> result`, by room."""
