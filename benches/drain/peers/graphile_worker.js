// graphile-worker as its documentation tunes it: a local queue, 24 jobs at a time, completions in batches.
//   graphile_worker.js setup|bring|drain N      prints the seconds of the drain
'use strict';
const { Logger, makeWorkerUtils, run, runMigrations } = require('graphile-worker');
const [what, count] = [process.argv[2], Number(process.argv[3])];
const connectionString = process.env.PGURL;
const BATCH = 64;

async function bring() {
  const utils = await makeWorkerUtils({ connectionString });
  const job = { identifier: 'noop', payload: { complaint: 1 } };
  for (let left = count; left > 0; left -= BATCH) await utils.addJobs(Array(Math.min(BATCH, left)).fill(job));
  await utils.release();
}

async function drain() {
  let done = 0;
  let finish;
  const finished = new Promise((resolve) => { finish = resolve; });
  const worker = {
    connectionString, concurrentJobs: 24, maxPoolSize: 25, localQueue: { size: 500 },
    completeJobBatchDelay: 0, failJobBatchDelay: 0,
  };
  const silent = new Logger(() => () => {});
  const noop = async () => { if (++done === count) finish(); };
  const runner = await run({ preset: { worker }, noHandleSignals: true, logger: silent, taskList: { noop } });
  const began = process.hrtime.bigint();
  await finished;
  await runner.stop();
  console.log(Number(process.hrtime.bigint() - began) / 1e9);
}

({ setup: () => runMigrations({ connectionString }), bring, drain })[what]()
  .then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
