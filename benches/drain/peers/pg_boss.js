// pg-boss at its best: eight loops that fetch 64 and complete them; its own polling waits half a second between batches.
//   pg_boss.js setup|bring|drain N      prints the seconds of the drain
'use strict';
const PgBoss = require('pg-boss');
const [what, count] = [process.argv[2], Number(process.argv[3])];
const BATCH = 64;
const LOOPS = 8;

async function main() {
  const boss = new PgBoss({ connectionString: process.env.PGURL, max: 10, supervise: false, schedule: false, migrate: true });
  boss.on('error', (error) => { console.error(error); process.exit(1); });
  await boss.start();
  if (what === 'setup') await boss.createQueue('noop');
  else if (what === 'bring') {
    for (let left = count; left > 0; left -= BATCH) {
      await boss.insert(Array(Math.min(BATCH, left)).fill({ name: 'noop', data: { complaint: 1 } }));
    }
  } else {
    let done = 0;
    const loop = async () => {
      while (done < count) {
        const jobs = await boss.fetch('noop', { batchSize: BATCH });
        if (jobs.length === 0) { await new Promise((resolve) => setTimeout(resolve, 20)); continue; }
        await boss.complete('noop', jobs.map((job) => job.id));
        done += jobs.length;
      }
    };
    const began = process.hrtime.bigint();
    await Promise.all(Array.from({ length: LOOPS }, loop));
    console.log(Number(process.hrtime.bigint() - began) / 1e9);
  }
  await boss.stop({ graceful: false });
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
