"""What the trail is told of payments has one shape, and one place where it is made."""

import ast
from pathlib import Path

import services.payments


def test_one_place_makes_the_events_of_payments() -> None:
    room = Path(services.payments.__path__[0])
    makers = {
        str(path.relative_to(room))
        for path in room.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "NewEvent"
    }
    assert makers == {"trail.py"}
