"""SQL by the driver itself, and sqlite-utils where rows are written by the names of columns."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlite_utils import Database as SqliteUtils

_Values = Sequence[object] | Mapping[str, object]


class Connection:
    """A connection whose transactions are begun by hand (`isolation_level=None`)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @cached_property
    def utils(self) -> "SqliteUtils":
        """Give the connection as sqlite-utils has it."""
        # Not at the top: most polls bring nothing, and it takes a sixth of their time to load.
        from sqlite_utils import Database as SqliteUtils

        return SqliteUtils(self._connection, execute_plugins=False)

    def execute(self, sql: str, values: _Values = ()) -> sqlite3.Cursor:
        """Run a statement."""
        return self._connection.execute(sql, values)

    def query(self, sql: str, values: _Values = ()) -> Iterator[dict[str, Any]]:
        """Run a statement at once, and give its rows by the names of their columns as they are
        asked for."""
        cursor = self._connection.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Run a block inside a transaction as a whole or not at all."""
        self.execute("SAVEPOINT block")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # a full disk may have undone all of it
                self.execute("ROLLBACK TO block")
                self.execute("RELEASE block")
            raise
        self.execute("RELEASE block")

    def commit(self) -> None:
        """End a transaction, if one is open, and keep what it wrote."""
        self._connection.commit()

    def rollback(self) -> None:
        """End a transaction, if one is open, and undo what it wrote."""
        self._connection.rollback()

    def close(self) -> None:
        """Close it."""
        self._connection.close()
