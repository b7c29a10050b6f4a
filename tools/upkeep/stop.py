"""The one error that ends a command with something a person can read."""


class Stop(Exception):
    """Ends the command; the message is shown as it is, without a traceback.

    code: exit status, 1 unless said otherwise.
    """

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
