/**
 * CPU per POST of the delivery client, beside bare undici, to a receiver in a process of its own on loopback.
 * Run: node packages/delivery/bench/measure-overhead.ts (about 8 s)
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Agent } from 'undici';
import { buildWebhookRequest, createDeliveryClient, parseEgressAllow, signRequest } from '../src/index.ts';

const REQUESTS = 15_000;
const CONCURRENCY = 50;
const data = JSON.stringify({
  entity: { id: 'c57340ab', username: 'Jane Austen', text: 'x'.repeat(700) },
  operation: 'create',
});

if (process.argv[2] === 'receive') {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.end('ok'));
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.send?.(typeof address === 'object' ? address?.port : null);
  });
  process.once('disconnect', () => process.exit());
} else {
  await compare();
}

async function compare(): Promise<void> {
  const receiver = fork(new URL(import.meta.url), ['receive']);
  const [port] = await once(receiver, 'message');
  const url = `http://127.0.0.1:${port}/hook`;
  const agent = new Agent({ connections: CONCURRENCY });
  const allow = parseEgressAllow('127.0.0.0/8');
  if (!allow.ok) throw new Error(allow.faults.join());
  const client = createDeliveryClient({ egress: allow.policy });

  const prepare = () => {
    const built = buildWebhookRequest({
      url,
      headers: { 'x-tenant': 'a' },
      dataText: data,
      event: 'consumers',
      source: 'crud',
    });
    const signing = { id: 'c9fdd58d', timestampSeconds: 1_700_000_000, body: built.body ?? '', secrets: ['secret'] };
    return { ...built, headers: { ...built.headers, ...signRequest({ ...signing, algorithm: 'sha1' }) } };
  };
  const prepared = prepare();
  const { origin, pathname } = new URL(url);
  const variants: Record<string, () => Promise<unknown>> = {
    'undici request': async () => {
      const { method, headers, body } = prepared;
      const response = await agent.request({ origin, path: pathname, method, headers, body });
      await response.body.text();
    },
    'client.send': () => client.send({ ...prepared, timeoutMs: 15_000, tls: { verify: true } }),
    'build, sign, client.send': () => client.send({ ...prepare(), timeoutMs: 15_000, tls: { verify: true } }),
  };
  for (const variant of Object.values(variants)) await run(variant, 3_000);
  for (const [name, variant] of Object.entries(variants)) {
    const { cpuMicros, perSecond } = await run(variant, REQUESTS);
    // biome-ignore lint/suspicious/noConsole: a measurement prints what it measured.
    console.log(
      `${name.padEnd(26)} ${cpuMicros.toFixed(0).padStart(4)} µs CPU a request, ${perSecond.toFixed(0)} requests/s`,
    );
  }
  await Promise.all([agent.close(), client.close()]);
  receiver.disconnect();
}

async function run(send: () => Promise<unknown>, count: number): Promise<{ cpuMicros: number; perSecond: number }> {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  let left = count;
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      while (left-- > 0) await send();
    }),
  );
  const used = process.cpuUsage(cpu);
  return { cpuMicros: (used.user + used.system) / count, perSecond: (count * 1000) / (performance.now() - startedAt) };
}
