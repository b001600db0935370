"""The real `billinghelp serve`, as a process of its own: `serve_process(database_url, folder)`."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_ADDRESS = re.compile(r" on (http://\S+)$")
_PATIENCE = 30.0


class ServeProcess:
    """A serving process.

    Attributes:
        process: the process itself.
        url: where it serves, without a slash at its end; empty when it ended before it served.
        said: the lines that it wrote to standard error until it served, or until it ended.
    """

    def __init__(self, process: "subprocess.Popen[str]", logs: Path) -> None:
        self.process = process
        self.said: list[str] = []
        self.url = ""
        self._logs = logs
        assert process.stderr is not None
        for line in process.stderr:
            self.said.append(line.rstrip("\n"))
            if found := _ADDRESS.search(self.said[-1]):
                self.url = found[1]
                break
        # What follows is read as well: a full pipe would make the process wait.
        self._rest = threading.Thread(target=lambda: self.said.extend(map(str.rstrip, process.stderr or ())))
        self._rest.start()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Tell it to stop in good order; return its exit code."""
        self.process.send_signal(number)
        return self.wait()

    def kill(self) -> int:
        """End it at once, as a power cut would; return its exit code."""
        return self.stop(signal.SIGKILL)

    def wait(self) -> int:
        """Wait for its end; return its exit code."""
        code = self.process.wait(_PATIENCE)
        self._rest.join()
        return code

    def log(self) -> list[str]:
        """Return the lines of its log so far."""
        return self._logs.read_text().splitlines()


@contextmanager
def serve_process(
    database_url: str, folder: Path, *options: str, environ: Mapping[str, str] | None = None
) -> Iterator[ServeProcess]:
    """Yield a process that serves a database on a loopback port; it is killed on leaving, if it still runs.

    Args:
        folder: where its configuration, data and log stand; a `config/billinghelp/config.toml` there is read.
        options: further options of the command.
        environ: further variables of its environment.
    """
    logs = folder / f"serve-{len(list(folder.glob('serve-*')))}.log"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BILLINGHELP_", "OPENAI_"))}
    own = {"BILLINGHELP_DATABASE_URL": database_url, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}
    with logs.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "billinghelp", "serve", "--port", "0", *options],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            env={**kept, **own, **(environ or {})},
        )
    serving = ServeProcess(process, logs)
    try:
        yield serving
    finally:
        if process.poll() is None:
            process.kill()
        serving.wait()
        assert process.stderr is not None
        process.stderr.close()
