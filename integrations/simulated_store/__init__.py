"""A small local store, standing for a platform: what it is told, it shows.

No Django and nothing of ours: it must be as far from the code that talks to it as a real platform
is. ``server`` speaks HTTP, ``dialects`` understands each platform's requests, ``state``
remembers, ``faults`` misbehaves on demand, ``pages`` is the store's own admin page.
"""

from integrations.simulated_store.server import SimulatedStore

__all__ = ["SimulatedStore"]
