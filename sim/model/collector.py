"""Mesa's collector of data, in which a reporter may come late, and which can be pickled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import mesa

Reporter = str | list | Callable[..., Any]
"""As Mesa takes it: an attribute, a function, or a list of a function and its arguments."""


class Collector(mesa.DataCollector):
    """`mesa.DataCollector`, to whose `model_reporters` and `agent_reporters` more may be added.

    What a late reporter would have said before is None.
    """

    def collect(self, model: mesa.Model) -> None:
        """Let every reporter say what there is now."""
        rows = max(map(len, self.model_vars.values()), default=0)
        for name in self.model_reporters:
            column = self.model_vars.setdefault(name, [])
            column += [None] * (rows - len(column))
        for name, reporter in list(self.agent_reporters.items()):
            if not callable(reporter):
                self._new_agent_reporter(name, reporter)
        super().collect(model)

    def _new_agent_reporter(self, name: str, reporter: Reporter) -> None:
        # Mesa makes a local function of what is none yet, which could not be pickled.
        if isinstance(reporter, str):
            reporter = partial(_attribute, name=reporter)
        elif isinstance(reporter, list):
            function, arguments = reporter
            reporter = partial(_call, function=function, arguments=arguments)
        super()._new_agent_reporter(name, reporter)


def _attribute(agent: mesa.Agent, name: str) -> Any:
    return getattr(agent, name)


def _call(agent: mesa.Agent, function: Callable[..., Any], arguments: list[Any]) -> Any:
    return function(agent, *arguments)
