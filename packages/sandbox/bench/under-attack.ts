/**
 * The cost of hostile hooks for everyone else. `node --expose-gc packages/sandbox/bench/under-attack.ts` takes about a minute.
 *
 * First the rate of plain work in this process (signing, as a plain webhook delivery does) while ten hooks run endless
 * lambdas; then this process's and the runners' memory after 10,000 broken runs.
 */
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { createSandbox, type LambdaLanguage, type Sandbox } from '../src/index.ts';

const SECONDS = 5;
const BATCH = 100;

const print = (line: string) => process.stdout.write(`${line}\n`);
const batchOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ data: JSON.stringify({ index }), event: 'e', source: 's' }));

/** Pieces of plain work per second, with the event loop free in between, as between deliveries. */
async function plainRate(): Promise<number> {
  const body = 'x'.repeat(1_000);
  const until = performance.now() + SECONDS * 1_000;
  let pieces = 0;
  while (performance.now() < until) {
    for (let index = 0; index < 20; index++) createHmac('sha256', 'secret').update(body).digest('hex');
    pieces += 1;
    await setImmediate();
  }
  return pieces / SECONDS;
}

async function compareRates(): Promise<void> {
  const sandbox = createSandbox();
  const alone = await plainRate();
  let isOver = false;
  const attackers = Array.from({ length: 10 }, async (_, index) => {
    const lambda = { language: 'lua' as const, functions: ['return function () while true do end end'] };
    while (!isOver) await sandbox.runLambda({ id: `endless-${index}`, revision: '1' }, lambda, batchOf(1));
  });
  const firstSeconds = await plainRate();
  const laterOn = await plainRate();
  isOver = true;
  const { slowHooks } = sandbox.stats();
  await sandbox.close();
  await Promise.all(attackers);
  const share = (rate: number) => `${((rate / alone) * 100).toFixed(0)} %`;
  print(
    `plain work alone ${alone.toFixed(0)}/s; under ten endless hooks ${share(firstSeconds)} in the first ${SECONDS} s, ${share(laterOn)} after (${slowHooks} slow hooks)`,
  );
}

/** Sources that break, each with its number of runs per batch. */
const BROKEN: [LambdaLanguage, string, number][] = [
  ['lua', 'return function (data) error("broken " .. data.index) end', 35],
  ['lua', 'return function (', 10],
  ['lua', 'return function () return string.rep("x", 300000) end', 4],
  ['javascript', '() => { throw new Error("x".repeat(1e5)) }', 30],
  ['javascript', '() => null.x', 10],
  ['javascript', '() => { (function f() { f() })() }', 5],
  ['javascript', '() => "x".repeat(300000)', 2],
  ['javascript', '() => new ArrayBuffer(1e9)', 2],
  ['javascript', '() => { for (;;); }', 1],
  ['javascript', '() => { const a = []; for (;;) a.push(new Array(1000).fill(1)) }', 1],
];

/** Memory of this process and of its children, after a garbage collection. */
function memoryMib(): { own: number; runners: number } {
  globalThis.gc?.();
  let runnersKib = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      if (Number(/PPid:\s+(\d+)/.exec(status)?.[1]) === process.pid)
        runnersKib += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
    } catch {
      // The process has ended meanwhile.
    }
  }
  return { own: process.memoryUsage.rss() / 2 ** 20, runners: runnersKib / 1024 };
}

async function breakRuns(sandbox: Sandbox, rounds: number): Promise<Record<string, number>> {
  const ends: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [index, [language, source, count]] of BROKEN.entries()) {
      // New hooks each time are the worst case for a memory of hooks.
      const hook = { id: `${round}-${index}`, revision: '1' };
      const outcomes = await sandbox.runLambda(hook, { language, functions: [source] }, batchOf(count));
      for (const outcome of outcomes) {
        const end = outcome.ok ? 'ok' : outcome.kind;
        ends[end] = (ends[end] ?? 0) + 1;
      }
    }
  }
  return ends;
}

async function measureMemory(): Promise<void> {
  const sandbox = createSandbox({ limits: { runCpuMs: 50 } });
  await breakRuns(sandbox, 2);
  const before = memoryMib();
  const startedAt = performance.now();
  const ends = await breakRuns(sandbox, 10_000 / BATCH);
  const after = memoryMib();
  const stats = sandbox.stats();
  await sandbox.close();
  const end = memoryMib();
  print(
    `10,000 broken runs in ${((performance.now() - startedAt) / 1000).toFixed(0)} s: ${JSON.stringify(ends)} ${JSON.stringify(stats)}`,
  );
  for (const [name, { own, runners }] of Object.entries({ before, after, closed: end })) {
    print(
      `memory ${name.padEnd(7)} ${own.toFixed(0).padStart(5)} MiB here ${runners.toFixed(0).padStart(5)} MiB in runners`,
    );
  }
}

await compareRates();
await measureMemory();
