"""What the surface answers with. Field names are the contract of PRODUCT.md §4; amounts are decimal strings.

`workspace_hours` has exactly two places ("12.50"), `ai_cents` at most four and no trailing zeros ("1234", "0.25").
Moments are aware UTC datetimes, RFC 3339 on the wire. This is where everybody imports views from.
"""

from services.contract.views.acting import ActionPreview as ActionPreview
from services.contract.views.acting import ActionReceipt as ActionReceipt
from services.contract.views.acting import BlockerRef as BlockerRef
from services.contract.views.acting import Change as Change
from services.contract.views.acting import SupportCreditLimits as SupportCreditLimits
from services.contract.views.base import View as View
from services.contract.views.change_requests import BoundBar as BoundBar
from services.contract.views.change_requests import ChangeRequestPage as ChangeRequestPage
from services.contract.views.change_requests import ChangeRequestReceipt as ChangeRequestReceipt
from services.contract.views.change_requests import ChangeRequestView as ChangeRequestView
from services.contract.views.change_requests import ChangeRequestWorkspace as ChangeRequestWorkspace
from services.contract.views.change_requests import DesiredField as DesiredField
from services.contract.views.change_requests import KindForm as KindForm
from services.contract.views.change_requests import TenantChangePreview as TenantChangePreview
from services.contract.views.chat import ChatAnswer as ChatAnswer
from services.contract.views.chat import ChatDelta as ChatDelta
from services.contract.views.chat import ChatError as ChatError
from services.contract.views.chat import ChatEvent as ChatEvent
from services.contract.views.chat import ChatFact as ChatFact
from services.contract.views.chat import ChatFailure as ChatFailure
from services.contract.views.chat import ChatFlag as ChatFlag
from services.contract.views.chat import ChatMessage as ChatMessage
from services.contract.views.chat import ChatPayload as ChatPayload
from services.contract.views.chat import ChatPrompt as ChatPrompt
from services.contract.views.chat import ChatSuggestion as ChatSuggestion
from services.contract.views.chat import ChatThread as ChatThread
from services.contract.views.chat import ChatUsage as ChatUsage
from services.contract.views.chat import Cleared as Cleared
from services.contract.views.customer import ActionStateView as ActionStateView
from services.contract.views.customer import AdjustmentView as AdjustmentView
from services.contract.views.customer import BillingView as BillingView
from services.contract.views.customer import BlockerView as BlockerView
from services.contract.views.customer import ChecklistItemView as ChecklistItemView
from services.contract.views.customer import ChecklistView as ChecklistView
from services.contract.views.customer import CreditsView as CreditsView
from services.contract.views.customer import CustomerBillingView as CustomerBillingView
from services.contract.views.customer import CustomerView as CustomerView
from services.contract.views.customer import FactView as FactView
from services.contract.views.customer import HandoffView as HandoffView
from services.contract.views.customer import InvoiceView as InvoiceView
from services.contract.views.customer import LotView as LotView
from services.contract.views.customer import NoticeView as NoticeView
from services.contract.views.customer import NotModified as NotModified
from services.contract.views.customer import ReadinessView as ReadinessView
from services.contract.views.customer import ReadyView as ReadyView
from services.contract.views.feeding import ImportResult as ImportResult
from services.contract.views.feeding import ReportFile as ReportFile
from services.contract.views.feeding import UsageResult as UsageResult
from services.contract.views.identity import Identity as Identity
from services.contract.views.lists import AuditEventView as AuditEventView
from services.contract.views.lists import AuditPage as AuditPage
from services.contract.views.lists import AuditVerification as AuditVerification
from services.contract.views.lists import CustomerList as CustomerList
from services.contract.views.lists import CustomerRow as CustomerRow
from services.contract.views.lists import LedgerEntryView as LedgerEntryView
from services.contract.views.lists import LedgerPage as LedgerPage
from services.contract.views.lists import LedgerVerification as LedgerVerification
from services.contract.views.lists import StreamHead as StreamHead
from services.contract.views.lists import StreamVerification as StreamVerification
from services.contract.views.tokens import NewToken as NewToken
from services.contract.views.tokens import TokenPage as TokenPage
from services.contract.views.tokens import TokenView as TokenView
