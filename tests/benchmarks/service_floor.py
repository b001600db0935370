"""The floor of a server's work: the rows that its actions write, written by as many bare connections at once."""

import threading
from collections import deque
from collections.abc import Sequence
from time import perf_counter

import psycopg

from tests.benchmarks.bare_driver import Write, Writes


class BareCrowd:
    """`psycopg` connections, a thread each, that share what there is to write."""

    def __init__(self, url: str, connections: int) -> None:
        self._connections = [psycopg.connect(url, prepare_threshold=0) for _ in range(connections)]

    def write(self, transactions: Sequence[Writes], lock: Write | None = None) -> float:
        """Write each in a transaction of its own; return how many seconds all took.

        Args:
            lock: what each of them begins with, where they write one customer's rows: a lock, under which they are
                written in their order.
        """
        left = deque(transactions)
        barrier = threading.Barrier(len(self._connections) + 1)
        faults: list[psycopg.Error] = []

        def work(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
            barrier.wait()
            try:
                while left and _write_next(connection, left, lock):
                    pass
            except psycopg.Error as fault:  # for whoever waits for this thread
                faults.append(fault)

        threads = [threading.Thread(target=work, args=(connection,)) for connection in self._connections]
        for thread in threads:
            thread.start()
        barrier.wait()
        began = perf_counter()
        for thread in threads:
            thread.join()
        took = perf_counter() - began
        if faults:
            raise faults[0]
        return took

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections:
            connection.close()


def _write_next(connection: "psycopg.Connection[tuple[object, ...]]", left: deque[Writes], lock: Write | None) -> bool:
    with connection.cursor() as cursor:
        if lock is not None:
            cursor.execute(lock.statement.encode(), lock.parameters)
            cursor.fetchone()
        try:
            writes = left.popleft()
        except IndexError:
            connection.rollback()
            return False
        for write in writes:
            run = cursor.executemany if write.of_many_rows else cursor.execute
            run(write.statement.encode(), write.parameters)
    connection.commit()
    return True
