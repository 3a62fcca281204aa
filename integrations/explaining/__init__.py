"""The parts of an explanation; ``integrations.explain`` ties them together."""
