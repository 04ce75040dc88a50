"""The complete fault matrix."""

from __future__ import annotations

import table_answers
import table_bodies
import table_connections
import table_egress
import table_http2
import table_names
import table_redirects
import table_resent
import table_tls
from row import Row

ROWS: list[Row] = [
    *table_connections.ROWS, *table_answers.ROWS, *table_redirects.ROWS, *table_bodies.ROWS, *table_tls.ROWS,
    *table_http2.ROWS, *table_resent.ROWS, *table_egress.ROWS, *table_names.ROWS,
]

if len({row.name for row in ROWS}) < len(ROWS):
    raise ValueError("two rows have the same name")
