"""The declarations that come with Midnight, in the order of their codes."""

from __future__ import annotations

import sim.chart.after_signing
import sim.chart.camps
import sim.chart.comrades
import sim.chart.levers
import sim.chart.mechanisms
import sim.chart.population
import sim.chart.states  # noqa: F401
