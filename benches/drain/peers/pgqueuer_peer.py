"""pgqueuer over asyncpg: pgqueuer_peer.py setup|bring|drain N. Prints the seconds of the drain."""

import asyncio
import datetime
import logging
import os
import sys
import time

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.queries import Queries

BATCH = 64
SETTINGS = {"search_path": "pgqueuer_peer"}


async def bring(queries, count):
    for first in range(0, count, BATCH):
        many = min(BATCH, count - first)
        await queries.enqueue(["noop"] * many, [b"1"] * many, [0] * many)


async def drain(driver, count):
    queue = PgQueuer(driver)
    left = count

    @queue.entrypoint("noop")
    async def noop(job):
        nonlocal left
        left -= 1
        if left == 0:
            queue.shutdown.set()

    began = time.perf_counter()
    await queue.run(dequeue_timeout=datetime.timedelta(seconds=0.1), batch_size=BATCH)
    print(time.perf_counter() - began)


async def main(what, count):
    url = os.environ["PGURL"]
    if what == "setup":
        connection = await asyncpg.connect(url)
        await connection.execute("DROP SCHEMA IF EXISTS pgqueuer_peer CASCADE; CREATE SCHEMA pgqueuer_peer")
        await connection.close()
    async with asyncpg.create_pool(url, min_size=8, max_size=12, server_settings=SETTINGS) as pool:
        driver = AsyncpgPoolDriver(pool)
        queries = Queries(driver)
        if what == "setup":
            await queries.install()
        elif what == "bring":
            await bring(queries, count)
        else:
            await drain(driver, count)


logging.disable(logging.CRITICAL)
asyncio.run(main(sys.argv[1], int(sys.argv[2])))
