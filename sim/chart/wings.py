"""The wings of the Opposition; their order is that of their codes."""

from __future__ import annotations

WINGS = ("zinovievist", "conciliator", "irreconcilable", "ultra")
ZINOVIEVIST, CONCILIATOR, IRRECONCILABLE, ULTRA = range(4)
