"""Makes the README's pictures with the app itself: `python -m tests.picture FOLDER`.

`billing-help.svg` is the page, `billing.svg` the page of plans and payments; `guidance.svg` a session in six frames: a
question, the answer as it comes, its facts, and the action that it suggests. The model of that session says what is
written here, so that it is the same each time.
"""

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from unittest.mock import patch

from textual.pilot import Pilot
from textual.widgets import TextArea

from billinghelp.app import BillingHelpApp
from billinghelp.config import Flags, load_settings
from billinghelp.desk import open_demo_desk
from services.contract.views import ChatUsage
from services.guidance.guide import Guide
from tests.billinghelp.real_desk import real_app
from tests.services.guidance.scripted import Script, ScriptedModel

SIZE = (132, 40)
SECONDS_A_FRAME = 4
QUESTION = "Support says finance approved them. Can I verify?"
ANSWER = (
    "**Yes: {{customer.name}} can be marked invoice verified.** What was said does not count, the record does:\n\n",
    "- The payment rail is {{billing.payment_rail}}, and finance has approved it: {{billing.commercial_reference}}.\n"
    "- The billing state is {{billing.state}}.\n\n",
    "Press `v` for {{action.MarkInvoiceVerified.title}}: it clears both {{blocker.unverified_billing.title}} and "
    "{{blocker.open_checklist_item.title}}.\n\n",
    "**Customer-safe next steps**\n\n> Hello {{customer.name}},\n>\n> we are looking at your billing. Please retry "
    "provisioning once you hear from us.\n",
    ChatUsage(input_tokens=2_140, output_tokens=168),
)


class ModelOfThePicture(ScriptedModel):
    """Says what is written here."""

    label = "your-model"
    host = "127.0.0.1:11434"


async def page() -> str:
    """Return the page as an SVG: a blocked customer of the demo, with the way out explained."""
    settings = load_settings(Flags(), {}, Path(os.devnull))  # the built-in ones, whatever this machine has set
    app = BillingHelpApp(lambda: open_demo_desk(300, 1, settings), demo=True, theme="dark", customer_id="demo-0001")
    async with running(app) as pilot:
        await pilot.press("1")
        await settled(app, pilot)
        return app.export_screenshot(title="Billing Help")


async def plans() -> str:
    """Return the Billing page as an SVG: a customer of the demo whose plan is going to change."""
    settings = load_settings(Flags(), {}, Path(os.devnull))
    app = BillingHelpApp(lambda: open_demo_desk(300, 1, settings), demo=True, theme="dark", customer_id="demo-0011")
    async with running(app) as pilot:
        await pilot.pause(5)  # what the sandbox has of the demo's customers is read in the background
        await pilot.press("f3", "2")
        await until(pilot, lambda: "Growth until" in shown(app) and "79.00 USD" in shown(app))
        await settled(app, pilot)
        return app.export_screenshot(title="Billing Help")


async def session() -> str:
    """Return a session with the guide as an animated SVG."""
    gates = [asyncio.Event() for _ in range(2)]
    script: Script = (gates[0], *ANSWER[:2], gates[1], *ANSWER[2:])
    with (
        tempfile.TemporaryDirectory() as folder,
        real_app(Path(folder), Guide(ModelOfThePicture(script)), customer_id="c7-000035") as (app, _),
    ):
        frames = []
        async with running(app) as pilot:

            def shoot() -> None:
                frames.append(app.export_screenshot(title="Billing Help"))

            await until(pilot, lambda: "Ask about" in shown(app))
            await pilot.press("i")
            await until(pilot, lambda: isinstance(app.focused, TextArea))
            await pilot.press(*("space" if char == " " else char for char in QUESTION))
            shoot()
            await pilot.press("enter")
            await pilot.pause(1.2)  # its elapsed seconds are part of the picture
            shoot()
            gates[0].set()
            await until(pilot, lambda: "The billing state" in shown(app))
            shoot()
            gates[1].set()
            await settled(app, pilot)
            await pilot.press("escape")
            await pilot.pause()
            shoot()
            for keys in ("f", "escape s"):
                await pilot.press(*keys.split())
                await settled(app, pilot)
                shoot()
    return animated(frames)


def animated(frames: list[str]) -> str:
    """Return one SVG that shows the frames one after the other, again and again."""
    box = re.search(r'viewBox="(.+?)"', frames[0])
    assert box is not None
    share = 100 / len(frames)
    groups = "".join(
        f'<g class="frame" style="animation-delay:{number * SECONDS_A_FRAME}s">{frame}</g>'
        for number, frame in enumerate(frames)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box.group(1)}"><style>'
        f".frame{{visibility:hidden;animation:turn {len(frames) * SECONDS_A_FRAME}s step-end infinite}}"
        f"@keyframes turn{{0%{{visibility:visible}}{share:.4f}%{{visibility:hidden}}}}</style>{groups}</svg>"
    )


@asynccontextmanager
async def running(app: BillingHelpApp) -> AsyncIterator[Pilot[None]]:
    """Run the app until it has shown everything that it shows by itself."""
    async with app.run_test(size=SIZE) as pilot:
        await settled(app, pilot)
        yield pilot


async def settled(app: BillingHelpApp, pilot: Pilot[None]) -> None:
    """Wait until nothing is being read, answered or drawn."""
    while any(not worker.is_finished for worker in app.workers):
        await app.workers.wait_for_complete()
        await pilot.pause()
    await pilot.pause()


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(10):
        while not condition():
            await pilot.pause()


def shown(app: BillingHelpApp) -> str:
    """Return what is on the screen."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


if __name__ == "__main__":
    out = Path(sys.argv[1])
    # who is signed in, on any machine that makes the pictures
    with patch("billinghelp.desk._user_name", return_value="you"):
        (out / "billing-help.svg").write_text(asyncio.run(page()))
        (out / "billing.svg").write_text(asyncio.run(plans()))
        (out / "guidance.svg").write_text(asyncio.run(session()))
