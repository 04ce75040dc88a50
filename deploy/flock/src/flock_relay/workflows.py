"""The workflows that this process registered; only their artifacts go to the relay."""

from __future__ import annotations


class Workflows:
    """A set of correlation ids that forgets the longest idle one when it is full.

    Only one thread may use it; any thread may discard from it.
    """

    def __init__(self, limit: int = 100_000) -> None:
        """``limit``: maximum of workflows, about 200 bytes each."""
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
