"""A case is asked through the ordinary surface: its customers imported, its actions carried out, its question put."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from services.actions.kinds.registry import KIND_BY_ACTION
from services.contract.requests import AskBillingChat
from services.contract.types import Action, Category
from services.contract.views import ChatAnswer
from services.guidance.guide import Guide
from services.storage.engine import Store
from tests.evals import at_stripe
from tests.evals.cases import Case, Done
from tests.evals.judge import judge
from tests.evals.times import moment
from tests.surface import OPERATOR, START, Workbench, counting_ids

MakeGuide = Callable[[], Guide | None]
"""Says who answers: a guide with a model, or None for the rules."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to a case: what is wrong with it, and how it came about."""

    case_id: str
    answer: ChatAnswer
    failures: list[str]
    seconds: float

    @property
    def flagged(self) -> bool:
        """Whether a draft of a model was set aside."""
        return bool(self.answer.message.flags)

    @property
    def failed(self) -> bool:
        """Whether a model gave no answer, or not the whole of one."""
        return self.answer.message.failure is not None

    @property
    def fell_back(self) -> bool:
        """Whether the rules answer although a model was asked."""
        return self.answer.message.notice is not None


@contextmanager
def fresh_bench(template: Path, path: Path, guide: Guide | None = None) -> Iterator[Workbench]:
    """Yield a workbench on a copy, at `path`, of an empty migrated store."""
    bench = Workbench(Store(f"sqlite:///{shutil.copy(template, path)}"), guide=guide)
    try:
        yield bench
    finally:
        bench.surface.close()
        path.unlink()


async def run_case(case: Case, bench: Workbench) -> Run:
    """Ask a case on a fresh workbench, and judge the answer."""
    bench.clock.now = moment(case.acted, START)
    bench.feed(*case.import_lines())
    if (found := case.at_stripe) is not None:
        bench.store.transact(lambda conn: at_stripe.record(conn, case.customer_id, found, counting_ids()))
    for done in case.actions:
        _act(bench, case.customer_id, done)
    bench.clock.now = START
    begun = time.perf_counter()
    answer = await ask(bench, case)
    failures = judge(case, answer)
    if answer.message.notice is not None:
        # an answer of the rules says nothing for the model whose place they took
        failures.append(f"the rules had to answer: {answer.message.notice}")
    return Run(case_id=case.id, answer=answer, failures=failures, seconds=time.perf_counter() - begun)


async def ask(bench: Workbench, case: Case) -> ChatAnswer:
    """Return the answer to a case's question about its customer, whose records are there."""
    request = AskBillingChat(customer_id=case.customer_id, question=case.question, starter=case.starter)
    answer = None
    async for event in bench.surface.stream(OPERATOR, request):
        if isinstance(event, ChatAnswer):
            answer = event
    assert answer is not None, "a question that is not refused is answered"
    return answer


def _act(bench: Workbench, customer_id: str, done: Done) -> None:
    params = dict(done.params)
    if done.action is Action.REVERSE_SUPPORT_CREDIT:
        lots = bench.view(customer_id).credits.lots
        params["grant_id"] = next(lot.grant_id for lot in lots if lot.category is Category.SUPPORT)
    request = KIND_BY_ACTION[done.action].request
    bench.act(bench.request(request, customer_id, reason=done.reason, **params))
