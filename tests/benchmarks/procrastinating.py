"""Run with procrastinate on the path: jobs that do nothing, a second, at each concurrency."""

from __future__ import annotations

import asyncio
import logging
import sys
import time

import procrastinate

CONCURRENCIES = (1, 2, 4, 10)


async def nothing(n: int) -> None:
    """The job."""


async def main(url: str, jobs: int) -> None:
    logging.disable()
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))

    job = app.task(name="nothing")(nothing)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        for concurrency in CONCURRENCIES:
            await job.batch_defer_async(*({"n": n} for n in range(jobs)))
            began = time.perf_counter()
            await app.run_worker_async(
                wait=False,
                concurrency=concurrency,
                install_signal_handlers=False,
                listen_notify=False,
                delete_jobs="never",
            )
            print(concurrency, jobs / (time.perf_counter() - began))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
