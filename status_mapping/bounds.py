"""How many rows the page may have, and so how many fields its form. Pure: the settings read it."""

from status_mapping.cells import CAPTIONS, DELIVERY_TYPES, PAYMENT_TYPES, STATUSES
from vitrines.statuses import OrderStatus

#: Rows of a table of types.
MAX_TYPES = 300
#: Rows of a table of types in one form. What was imported, restored or merged comes to two full
#: tables, one of them to be removed; the rest is for pending words and for rows that are added.
MAX_POSTED = 2 * MAX_TYPES + 100

#: The row's origin, its suggested word, and the box that removes it.
_BESIDE_THE_CELLS = 3
#: Token, revision and reason, both counts of rows, and the review's box for each status.
_BESIDE_THE_ROWS = 5 + len(OrderStatus)
#: Of the largest form, see DATA_UPLOAD_MAX_NUMBER_FIELDS.
MAX_FIELDS = (
    len(OrderStatus) * len(CAPTIONS[STATUSES])
    + MAX_POSTED * (len(CAPTIONS[PAYMENT_TYPES]) + _BESIDE_THE_CELLS)
    + MAX_POSTED * (len(CAPTIONS[DELIVERY_TYPES]) + _BESIDE_THE_CELLS)
    + _BESIDE_THE_ROWS
)
