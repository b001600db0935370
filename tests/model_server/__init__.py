"""A model server that does as it is told, over real sockets: `ModelServer`.

The name of the model chooses the scenario (`scenarios.SCENARIOS`, and any HTTP status, such as "503"). By hand:
`python -m tests.model_server`.
"""

from tests.model_server.recording import Recorded
from tests.model_server.reply import Pace
from tests.model_server.server import ModelServer

__all__ = ["ModelServer", "Pace", "Recorded"]
