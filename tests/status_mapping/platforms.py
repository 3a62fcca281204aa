"""Platforms made for one test: what the DE-PARA asks of them differs, the sending does not."""

from typing import Any

from vitrines.platforms import Platform


def make_platform(*, channels: dict[str, list[str]] | None = None, **mapping: Any) -> Platform:
    """``channels`` gives the statuses of each channel by name; all eight by URL if not told."""
    step = {"method": "POST", "url": "https://loja.example/status", "json": "{}"}
    sends = [
        {"channel": channel, "statuses": statuses, "steps": [step]}
        for channel, statuses in (channels or {}).items()
    ]
    return Platform.model_validate(
        {
            "name": "exemplo",
            "label": "Exemplo",
            "mapping": mapping,
            "send": sends or [{"channel": "url", "steps": [step]}],
        }
    )
