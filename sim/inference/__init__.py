"""From evidence to belief: how the figures bear on the parameters."""
