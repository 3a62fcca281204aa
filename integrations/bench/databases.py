"""PostgreSQL databases that a run makes for itself and drops again."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


@contextmanager
def database_of_its_own(url: str, suffix: str, *, copy_of: str = "") -> Iterator[str]:
    """The URL of a new database on the server of ``url``, empty or a copy of another one there.

    Its name begins as that of ``url``, and tells the process that made it.
    """
    name = f"{_name(url)}_{os.getpid()}_{suffix}"
    template = sql.Identifier(_name(copy_of) if copy_of else "template1")
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), template)
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    try:
        _execute(url, create)
        yield _named(url, name)
    finally:
        _execute(url, drop)


def server_version(url: str) -> str:
    """``15.20``."""
    with _server(url) as server:
        major, minor = divmod(server.info.server_version, 10_000)
    return f"{major}.{minor}"


def _execute(url: str, statement: sql.Composed) -> None:
    with _server(url) as server:
        server.execute(statement)


def _server(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(_named(url, "postgres"), autocommit=True)


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def _named(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
