import { createHmac, randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { callAdmin } from '../call-admin.ts';
import { nowMs } from '../clock.ts';
import { cpuUsPer } from '../deliver.ts';
import { runConcurrently } from '../run-concurrently.ts';
import type { Bench, Scenario } from '../scenario.ts';
import { startSampling } from '../usage-sampler.ts';

const concurrency = 64;
const bodyBytes = 10 * 1024;
const secret = 'the secret of the bench';
const name = 'bench';

export const inbound: Scenario = {
  summary: 'requests of 10 KiB as GitHub sends them: verified, mapped and committed; and the same data by POST /events',
  stack: { mode: 'redis', workers: 0 },
  events: 12_000,
  rounds: 3,
  figures: {
    'of POST /events': { unit: 'ratio', target: 0.5 },
    'inbound requests': { unit: '/s', target: 3_000 },
    'inbound requests with a rate limit': { unit: '/s' },
    'repeats of known deliveries': { unit: '/s' },
    'POST /events of the same size': { unit: '/s' },
    'CPU of the admin a request': { unit: 'µs' },
    'CPU of the admin a POST /events': { unit: 'µs' },
    'CPU of PostgreSQL a request': { unit: 'µs' },
  },
  async prepare(bench) {
    const limited = { rate: 100_000, burst: 1_000_000 };
    for (const [endpoint, rate_limit] of [
      [name, null],
      [`${name}-limited`, limited],
    ]) {
      const body = { name: endpoint, preset: 'github', verify: { secrets: [secret] }, rate_limit };
      await callAdmin(bench.stack.adminUrl, 'POST', '/inbound', body);
    }
    await measure(bench, 3_000, sendAsGithub(name, randomUUID()));
    await measure(bench, 3_000, publish(randomUUID()));
  },
  async round(bench) {
    const { events } = bench;
    const run = randomUUID();
    const publishing = await startSampling(bench.stack.pids());
    const published = await measure(bench, events, publish(`p-${run}`));
    const publishUsage = await publishing.stop();
    const receiving = await startSampling(bench.stack.pids());
    const received = await measure(bench, events, sendAsGithub(name, run));
    const usage = await receiving.stop();
    const repeated = await measure(bench, events, sendAsGithub(name, run));
    const limited = await measure(bench, events, sendAsGithub(`${name}-limited`, `l-${run}`));
    return {
      'of POST /events': received / published,
      'inbound requests': received,
      'inbound requests with a rate limit': limited,
      'repeats of known deliveries': repeated,
      'POST /events of the same size': published,
      'CPU of the admin a request': cpuUsPer(usage, 'admin', events),
      'CPU of the admin a POST /events': cpuUsPer(publishUsage, 'admin', events),
      'CPU of PostgreSQL a request': cpuUsPer(usage, 'postgres', events),
    };
  },
};

interface Sent {
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** @returns requests per second. */
async function measure({ stack, signal }: Bench, count: number, make: (n: number) => Sent): Promise<number> {
  const pool = new Pool(stack.adminUrl, { connections: concurrency });
  const startedAtMs = nowMs();
  await runConcurrently(count, concurrency, signal, async (n) => {
    const { path, headers, body } = make(n);
    const answer = await pool.request({
      path,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${path} answered ${answer.statusCode}: ${text}`);
  });
  const rate = (count * 1_000) / (nowMs() - startedAtMs);
  await pool.close();
  return rate;
}

/** A push with as many commits as make the wanted size. */
function makePush(): string {
  const commit = (n: number) => ({
    id: `0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0${n.toString(16).padStart(4, '0')}`,
    message: `Round prices of order ${n} to cents`,
    timestamp: '2026-01-05T10:00:00Z',
    author: { name: 'Ada', email: 'ada@example.com', username: 'ada' },
    added: [],
    removed: [],
    modified: ['src/prices.ts', `src/orders/order-${n}.ts`],
  });
  const push = {
    ref: 'refs/heads/main',
    repository: { id: 35_129_377, full_name: 'octo-org/orders', private: false },
    commits: [commit(0)],
  };
  for (let n = 1; JSON.stringify(push).length < bodyBytes; n += 1) push.commits.push(commit(n));
  return JSON.stringify(push);
}

const push = makePush();
const signature = `sha256=${createHmac('sha256', secret).update(push).digest('hex')}`;

/** The body and its signature are the same each time; the delivery's id is not. */
function sendAsGithub(endpoint: string, run: string) {
  return (n: number): Sent => ({
    path: `/in/${endpoint}`,
    headers: { 'x-github-event': 'push', 'x-github-delivery': `${run}-${n}`, 'x-hub-signature-256': signature },
    body: push,
  });
}

function publish(run: string) {
  return (n: number): Sent => ({
    path: '/events',
    headers: {},
    body: `{"source":"github","event":"push","id":"${run}-${n}","data":${push}}`,
  });
}
