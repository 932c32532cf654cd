import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Installation, startInstallation } from './installation.ts';
import {
  type CollectedSpan,
  type Receiver,
  redisUrl,
  startReceiver,
  startTraceCollector,
  uniquePrefix,
  waitFor,
} from './support/index.ts';

const prefix = uniquePrefix();
const traceId = '0af7651916cd43dd8448eb211c80319c';
const publisherSpan = 'b7ad6b7169203331';

let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
});

async function start(env: Record<string, string>): Promise<Installation> {
  const redis = { url: redisUrl(), prefix: `{${prefix}}` };
  const installation = await startInstallation({
    workers: 1,
    redis,
    env: { EVENTHOOKS_RETRY_SCHEDULE: '1s', ...env },
  });
  await installation.createHook({
    source: 'crud',
    event: 'consumers',
    handler: 'webhook',
    config: { url: receiver.url },
  });
  return installation;
}

async function publish(installation: Installation, n: number, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(`${installation.admin.url}/events`, {
    method: 'POST',
    body: JSON.stringify({ source: 'crud', event: 'consumers', data: { n } }),
    headers: { 'content-type': 'application/json', ...headers },
  });
  expect(response.status).toBe(202);
}

function named(spans: readonly CollectedSpan[], name: string): CollectedSpan[] {
  return spans.filter((span) => span.name === name && span.traceId === traceId);
}

test('one trace leads from the publisher through dispatch and each attempt to the receiver', async () => {
  await using collector = await startTraceCollector();
  await using installation = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  receiver.answerWith((_request, index) => ({ status: index === 0 ? 500 : 200 }));
  await publish(installation, 1, { traceparent: `00-${traceId}-${publisherSpan}-01` });
  const requests = await receiver.waitForRequests(2, 30_000);
  await waitFor(() => named(collector.spans, 'attempt').length === 2, { timeoutMs: 30_000 });
  await waitFor(() => named(collector.spans, 'publish').length === 1, { timeoutMs: 30_000 });

  const [published] = named(collector.spans, 'publish');
  const [dispatched] = named(collector.spans, 'dispatch');
  const attempts = named(collector.spans, 'attempt');
  expect(published).toMatchObject({ parentSpanId: publisherSpan, service: 'eventhooks-admin' });
  expect(dispatched).toMatchObject({ parentSpanId: published?.spanId, service: 'eventhooks-worker' });
  // A retry is made long after its dispatch has ended.
  expect(attempts.map((attempt) => attempt.parentSpanId)).toEqual([dispatched?.spanId, published?.spanId]);
  expect(attempts.map(({ status }) => status.code === 2)).toEqual([true, false]);
  expect(attempts[0]?.attributes).toContainEqual({ key: 'error.type', value: { stringValue: 'http_5xx' } });
  expect(requests.map(({ headers }) => headers.traceparent)).toEqual(
    attempts.map(({ spanId }) => `00-${traceId}-${spanId}-01`),
  );
}, 120_000);

test('an event without a traceparent starts a trace; a publisher that does not sample is not sampled', async () => {
  await using collector = await startTraceCollector();
  {
    await using installation = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    await publish(installation, 1);
    await publish(installation, 2, { traceparent: `00-${traceId}-${publisherSpan}-00` });
    await receiver.waitForRequests(2);
  }
  // Each process has sent its spans as it stopped.
  const spans = collector.spans.filter(({ attributes }) => attributes.some(({ key }) => key === 'eventhooks.event_id'));
  const own = receiver.requests.find(({ body }) => JSON.parse(body.toString()).n === 1)?.headers.traceparent;
  expect(spans.map(({ name }) => name).sort()).toEqual(['attempt', 'dispatch']);
  expect(spans.map((span) => span.traceId)).toEqual([String(own).slice(3, 35), String(own).slice(3, 35)]);
  const unsampled = receiver.requests.find(({ body }) => JSON.parse(body.toString()).n === 2)?.headers.traceparent;
  expect(unsampled).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
}, 120_000);

test('without a collector a traceparent is handed on as it came, and nothing is stored for others', async () => {
  await using installation = await start({});
  const traceparent = `00-${traceId}-${publisherSpan}-01`;
  await publish(installation, 1, { traceparent });
  await publish(installation, 2);
  await publish(installation, 3, { traceparent: 'nonsense' });
  const requests = await receiver.waitForRequests(3);
  const sent = requests.map(({ body, headers }) => [JSON.parse(body.toString()).n, headers.traceparent]);
  expect(sent.sort()).toEqual([
    [1, traceparent],
    [2, undefined],
    [3, undefined],
  ]);
  const rows = await installation.query<{ count: number }>(
    "SELECT count(*)::int FROM events WHERE event = 'consumers' AND traceparent IS NOT NULL",
  );
  expect(rows).toEqual([{ count: 1 }]);
}, 120_000);

test('a collector that is away costs traces and nothing else', async () => {
  await using installation = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  await publish(installation, 1);
  await receiver.waitForRequests(1);
  expect(await installation.workers[0]?.stop()).toEqual({ code: 0, signal: null });
}, 120_000);

/** Which of OpenTelemetry's packages a process that traces to `endpoint` loads. The API alone comes with the metrics. */
async function loadedPackages(endpoint: string | null): Promise<string[]> {
  const url = new URL('../packages/operations/src/index.ts', import.meta.url).href;
  const config = endpoint && { endpoint, sampler: 'always_on', ratio: 1 };
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = new Set();
    registerHooks({
      load(url, context, next) {
        const name = /@opentelemetry\\/([^/]+)/.exec(url)?.[1];
        if (name) loaded.add(name);
        return next(url, context);
      },
    });
    const { createTracing } = await import(${JSON.stringify(url)});
    await createTracing(${JSON.stringify(config)}, { service: 'test', onError: () => undefined });
    console.log(JSON.stringify([...loaded].sort()));
    process.exit();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
  return JSON.parse(stdout);
}

test('without a collector nothing of OpenTelemetry is loaded but its API', async () => {
  expect(await loadedPackages(null)).toEqual(['api']);
  expect(await loadedPackages('http://127.0.0.1:9')).toEqual(
    expect.arrayContaining(['api', 'sdk-trace', 'exporter-trace-otlp-http']),
  );
}, 60_000);
