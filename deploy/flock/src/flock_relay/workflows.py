"""The workflows this process registered: those whose artifacts the relay wants."""

from __future__ import annotations


class Workflows:
    """A set of correlation ids that forgets the longest idle one when it is full.

    One thread uses it; any may discard from it.
    """

    def __init__(self, limit: int = 100_000) -> None:
        """``limit``: workflows remembered, about 200 bytes each."""
        self._limit = limit
        self._by_last_use: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._by_last_use)

    def add(self, workflow: str) -> None:
        """Remember ``workflow`` as the one used last."""
        self._by_last_use.pop(workflow, None)
        if len(self._by_last_use) >= self._limit:
            self._by_last_use.pop(next(iter(self._by_last_use)), None)
        self._by_last_use[workflow] = None

    def use(self, workflow: str) -> bool:
        """Whether ``workflow`` is remembered; if so it is now the one used last."""
        if self._by_last_use.pop(workflow, False) is False:
            return False
        self._by_last_use[workflow] = None
        return True

    def discard(self, workflow: str) -> None:
        """Forget ``workflow``, remembered or not."""
        self._by_last_use.pop(workflow, None)
