"""What `make test-services` needs, looked for before anything runs: ``python -m``, exits 1.

PostgreSQL and RabbitMQ have to run. Vendure, Redis, and what the tests stop and start, they start
themselves, and so need the programs.
"""

import os
import shutil
import sys
from collections.abc import Iterator

import psycopg
from kombu import Connection

#: Program and Debian package.
PROGRAMS = {
    "redis-server": "redis-server",
    "rabbitmq-server": "rabbitmq-server",
    "node": "nodejs",
    "npm": "npm",
    "chromium": "chromium",
}


def missing() -> Iterator[str]:
    for program, package in PROGRAMS.items():
        if shutil.which(program) is None:
            yield f"{program} was not found (apt-get install {package})"
    url = os.environ["POSTGRES_URL"]
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        yield f"PostgreSQL does not answer at POSTGRES_URL={url}: {error}"
    url = os.environ["RABBITMQ_URL"]
    try:
        with Connection(url, connect_timeout=5) as connection:
            connection.connect()
    except OSError as error:
        yield f"RabbitMQ does not answer at RABBITMQ_URL={url}: {error}"


if __name__ == "__main__":
    if faults := list(missing()):
        sys.exit("make test-services cannot run:\n" + "\n".join(f"- {fault}" for fault in faults))
