"""What a run was taken on."""

import os
import platform
from pathlib import Path

from integrations.bench.databases import server_version


def machine(server: str) -> str:
    """Cores, memory, system, PostgreSQL and Python, on one line."""
    gigabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{os.cpu_count()} cores{_model()}, {gigabytes:.0f} GiB, {platform.system()}, "
        f"PostgreSQL {server_version(server)}, Python {platform.python_version()}"
    )


def _model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f" ({names[0]})" if names else ""
