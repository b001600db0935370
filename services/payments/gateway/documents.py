"""The documents of invoices, which lie behind addresses of their own: whoever knows one needs no key, and gets none."""

from urllib.parse import urljoin

from services.payments.gateway.faults import UnreadableAnswer, gone, unreachable
from services.payments.gateway.http_client import Httpx2Client
from services.payments.settings import is_web_address

_MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)


async def fetch_document(http: Httpx2Client, url: str) -> bytes:
    """Return the PDF behind an address. Redirects are followed, to addresses that a browser may be sent to.

    Raises:
        stripe.APIConnectionError: nobody answers there.
        UnreadableAnswer: what answers is no PDF.
        Refused: `PAYMENTS_UNREACHABLE`, `PAYMENTS_OBJECT_GONE`.
    """
    for _ in range(_MOST_REDIRECTS):
        content, status, headers = await http.request_async("GET", url, {})
        location = headers.get("location")
        if status not in _REDIRECTS or location is None:
            return _checked(content, status)
        url = urljoin(url, location)
        if not is_web_address(url):
            raise UnreadableAnswer("a document leads to an address that no browser is sent to")
    raise UnreadableAnswer("a document leads from address to address")


def _checked(content: bytes, status: int) -> bytes:
    if status in (404, 410):
        raise gone("document")
    if status >= 500:
        raise unreachable()
    if status != 200 or not content.startswith(b"%PDF-"):
        raise UnreadableAnswer("a document is no PDF")
    return content
