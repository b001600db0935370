"""What the surface calls: a tenant's workspace, requests previewed, asked for, taken back, listed, approved, rejected.

Each change of a request is an audited change like any other: one transaction that claims its request id, checks,
changes, and leaves the trail.
"""

from services.change_requests.methods.asking import cancel as cancel
from services.change_requests.methods.asking import create as create
from services.change_requests.methods.deciding import approve as approve
from services.change_requests.methods.deciding import preview_approval as preview_approval
from services.change_requests.methods.deciding import reject as reject
from services.change_requests.methods.escalating import ask_for_approval as ask_for_approval
from services.change_requests.methods.reading import list_change_requests as list_change_requests
from services.change_requests.methods.reading import preview as preview
from services.change_requests.methods.reading import workspace as workspace
