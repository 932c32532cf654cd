/**
 * The cost of user code, as its caller sees it. `node packages/sandbox/bench/measure.ts` takes about 8 s.
 *
 * CPU figures cover the caller and the runners (from /proc, so on Linux only).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { type CustomTemplates, createSandbox, type SandboxItem } from '../src/index.ts';

const TEMPLATES: CustomTemplates = {
  payload: {
    text: 'Admin account `{{ entity.username }}` {{ operation }}d; email address set to `{{ entity.email }}`',
  },
  payloadFormat: true,
  body: null,
  bodyFormat: true,
  headers: { 'content-type': 'application/json' },
  headersFormat: false,
};
const LUA = ['return function (data) return data.entity.username end'];
const JAVASCRIPT = ['(data) => data.entity.username'];
const DATA = {
  operation: 'create',
  entity: {
    id: 'b13b7a7e-8d61-4b3e-9c0f-0d5b2f6f1f7d',
    username: 'ada',
    email: 'ada@example.com',
    created_at: 1627588552,
  },
};
const TICKS_PER_SECOND = 100;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function items(count: number): SandboxItem[] {
  return Array.from({ length: count }, (_, index) => ({
    data: JSON.stringify({ ...DATA, index }),
    event: 'admins',
    source: 'crud',
  }));
}

/** CPU time of the runners, in ms. */
function runnersCpuMs(): number {
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      if (Number(fields[1]) === process.pid) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // The process has ended meanwhile.
    }
  }
  return (ticks * 1000) / TICKS_PER_SECOND;
}

async function measure(
  name: string,
  batchSize: number,
  runFor: number,
  call: (batch: SandboxItem[]) => Promise<{ ok: boolean }[]>,
) {
  const batch = items(batchSize);
  for (let warm = 0; warm < 3; warm++) await call(batch);
  const ownCpu = process.cpuUsage();
  const childCpu = runnersCpuMs();
  const startedAt = performance.now();
  let runs = 0;
  while (performance.now() - startedAt < runFor) {
    const outcomes = await call(batch);
    if (!outcomes.every(({ ok }) => ok)) throw new Error(`${name}: ${JSON.stringify(outcomes[0])}`);
    runs += outcomes.length;
  }
  const wallUs = (performance.now() - startedAt) * 1000;
  const { user, system } = process.cpuUsage(ownCpu);
  const runnerUs = (runnersCpuMs() - childCpu) * 1000;
  print(
    `${name.padEnd(28)} ${String(Math.round((runs / wallUs) * 1e6)).padStart(7)} runs/s` +
      `${(wallUs / runs).toFixed(1).padStart(9)} µs wall` +
      `${((user + system) / runs).toFixed(1).padStart(9)} µs CPU here` +
      `${(runnerUs / runs).toFixed(1).padStart(9)} µs CPU in runners`,
  );
}

const sandbox = createSandbox({ runners: 1 });
const firstAt = performance.now();
await sandbox.render({ id: 'first', revision: '1' }, TEMPLATES, items(1));
print(`first render, bundling and starting a runner: ${(performance.now() - firstAt).toFixed(0)} ms`);
for (const size of [1, 10, 100]) {
  const hook = { id: 'template', revision: '1' };
  await measure(`template, batches of ${size}`, size, 900, (batch) => sandbox.render(hook, TEMPLATES, batch));
}
for (const size of [1, 10, 100]) {
  const lambda = { language: 'lua' as const, functions: LUA };
  const hook = { id: 'lua', revision: '1' };
  await measure(`lua, batches of ${size}`, size, 900, (batch) => sandbox.runLambda(hook, lambda, batch));
}
for (const size of [1, 100]) {
  const lambda = { language: 'javascript' as const, functions: JAVASCRIPT };
  const hook = { id: 'javascript', revision: '1' };
  await measure(`javascript, batches of ${size}`, size, 700, (batch) => sandbox.runLambda(hook, lambda, batch));
}
await sandbox.close();
