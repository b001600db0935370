"""Makes the README's picture with the app itself: `python -m tests.picture FILE`."""

import asyncio
import os
import sys
from pathlib import Path

from billinghelp.app import BillingHelpApp
from billinghelp.desk import open_demo_desk
from services.contract.policy import Policy

SIZE = (132, 40)


async def picture() -> str:
    """Return the picture, an SVG: a blocked customer of the demo, with the way out explained."""
    app = BillingHelpApp(lambda: open_demo_desk(300, 1, Policy()), demo=True, theme="dark", customer_id="demo-0001")
    async with app.run_test(size=SIZE) as pilot:
        await settled(app)
        await pilot.press("1")
        await settled(app)
        return app.export_screenshot(title="Billing Help")


async def settled(app: BillingHelpApp) -> None:
    """Wait until nothing is being read, answered or drawn."""
    await app.workers.wait_for_complete()


if __name__ == "__main__":
    os.environ["LOGNAME"] = "you"  # who is signed in, on any machine that makes the picture
    Path(sys.argv[1]).write_text(asyncio.run(picture()))
