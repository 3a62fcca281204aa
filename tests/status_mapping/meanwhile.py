"""Another person, who saves while a DE-PARA is being read."""

from contextlib import contextmanager

from django.db import connection

from status_mapping.operations import save_mapping
from status_mapping.queries import latest_revision_number
from tests.factories import NOW


class SavesBeforeRead:
    """Saves ``tables`` before the read of the DE-PARA that has this number, counted from 0."""

    def __init__(self, number, vitrine, tables):
        self.left = number
        self.vitrine = vitrine
        self.tables = tables
        self.saved = False

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith('SELECT "status_mapping_') and not self.saved:
            if self.left == 0:
                self.saved = True
                self._save()
            self.left -= 1
        return execute(sql, params, many, context)

    def _save(self):
        save_mapping(
            vitrine=self.vitrine,
            base_revision=latest_revision_number(self.vitrine),
            tables=self.tables,
            author=None,
            reason="",
            now=NOW,
        )


@contextmanager
def saving_before_read(number, vitrine, tables):
    saving = SavesBeforeRead(number, vitrine, tables)
    with connection.execute_wrapper(saving):
        yield saving
