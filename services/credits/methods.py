"""What the surface calls: a page of the ledger."""

from typing import Annotated

import msgspec
from msgspec import Meta

from services.contract.paging import decode_token, encode_token, page_size
from services.contract.requests import ListLedgerEntries
from services.contract.views import LedgerPage
from services.credits.store import list_entries
from services.credits.views import ledger_entry_view
from services.storage.connection import Connection

_Position = tuple[Annotated[int, Meta(ge=1, le=2**63 - 1)]]


def list_ledger_entries(conn: Connection, request: ListLedgerEntries) -> LedgerPage:
    """Return a page of a customer's ledger, newest first.

    Raises:
        Refused: `INVALID_PAGE_SIZE`, `INVALID_PAGE_TOKEN`.
    """
    query = msgspec.structs.replace(request, page_size=None, page_token=None)
    position = decode_token(query, request.page_token, _Position)
    size = page_size(request.page_size)
    entries = list_entries(
        conn,
        request.customer_id,
        unit=request.unit,
        account=request.account,
        before=None if position is None else position[0],
        limit=size + 1,
    )
    more = len(entries) > size
    return LedgerPage(
        entries=[ledger_entry_view(entry) for entry in entries[:size]],
        next_page_token=encode_token(query, (entries[size - 1].entry_number,)) if more else None,
    )
