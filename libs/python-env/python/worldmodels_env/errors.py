"""The two kinds of failure that the other side is told of."""


class Refusal(Exception):
    """A request that cannot be done, with one of the codes of worldmodels' DomainError and one sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class EngineDied(Exception):
    """The engine of one slot has ended or answers nonsense; the slot is faulted, the others are not."""
