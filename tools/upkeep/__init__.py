"""The front door: deploy, preview, prove and tidy up, on this machine.

``paths``      where things are
``stop``       the one error that ends a command with a readable line
``engine``     finds a Pulumi CLI or builds one from pinned Go modules
``pulumi``     runs it against a sandbox; ``supervised`` sees that it ends
``settings``   the stack file as the sandbox needs it, with the sandbox's own secrets
``interrupted`` finishes what an earlier run left half done
``local``      the sandbox to use: the running one, or one for as long as the command runs
``progress``   what the engine is doing, as it does it
``up`` ``preview`` ``down`` ``check`` ``summary``   the commands
"""
