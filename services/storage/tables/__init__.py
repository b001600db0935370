"""One schema for SQLite and PostgreSQL, keyed by customer wherever it can be (ARCHITECTURE.md, «Beyond one machine»).

Moments are microseconds since 1970 UTC, amounts are integers (seconds, micro-dollars): the same values, the same order
and the same arithmetic on both databases. Audit times are text, because their stored bytes are hashed. This is where
everybody imports tables from.
"""

from services.storage.tables.acting import access_tokens as access_tokens
from services.storage.tables.acting import idempotency_records as idempotency_records
from services.storage.tables.acting import operator_credits as operator_credits
from services.storage.tables.acting import operators as operators
from services.storage.tables.change_requests import change_requests as change_requests
from services.storage.tables.change_requests import exposed_hostnames as exposed_hostnames
from services.storage.tables.change_requests import tenant_allowances as tenant_allowances
from services.storage.tables.change_requests import tenant_use as tenant_use
from services.storage.tables.columns import Key as Key
from services.storage.tables.columns import Moment as Moment
from services.storage.tables.columns import RowNumber as RowNumber
from services.storage.tables.columns import SinceMoment as SinceMoment
from services.storage.tables.columns import metadata as metadata
from services.storage.tables.credits import credit_balances as credit_balances
from services.storage.tables.credits import credit_lots as credit_lots
from services.storage.tables.credits import ledger_entries as ledger_entries
from services.storage.tables.credits import usage_days as usage_days
from services.storage.tables.credits import usage_events as usage_events
from services.storage.tables.credits import usage_levels as usage_levels
from services.storage.tables.customers import billing_records as billing_records
from services.storage.tables.customers import checklist_items as checklist_items
from services.storage.tables.customers import customer_blockers as customer_blockers
from services.storage.tables.customers import customer_status as customer_status
from services.storage.tables.customers import customers as customers
from services.storage.tables.customers import invoices as invoices
from services.storage.tables.nodes import nodes as nodes
from services.storage.tables.nodes import signing_keys as signing_keys
from services.storage.tables.payments import payment_cursors as payment_cursors
from services.storage.tables.payments import payment_events as payment_events
from services.storage.tables.payments import payment_locks as payment_locks
from services.storage.tables.payments import payment_operations as payment_operations
from services.storage.tables.payments import payment_prices as payment_prices
from services.storage.tables.payments import payment_profiles as payment_profiles
from services.storage.tables.payments import subscriptions as subscriptions
from services.storage.tables.trail import audit_events as audit_events
from services.storage.tables.trail import chat_messages as chat_messages
from services.storage.tables.trail import chat_threads as chat_threads

APPEND_ONLY = (ledger_entries, audit_events)
"""The tables in which the database itself refuses update and delete."""
