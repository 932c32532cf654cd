import { gzipSync } from 'node:zlib';
import { type Installation, startInstallation } from './installation.ts';

let installation: Installation;

beforeAll(async () => {
  installation = await startInstallation({ workers: 0 });
}, 60_000);
afterAll(async () => {
  await installation[Symbol.asyncDispose]();
}, 60_000);

const event = { source: 'crud', event: 'consumers', data: { operation: 'create' } };

function nested(levels: number): unknown {
  return levels === 0 ? {} : { a: nested(levels - 1) };
}

async function countEvents(): Promise<number> {
  const [row] = await installation.query<{ count: number }>('SELECT count(*)::int AS count FROM events');
  return row?.count ?? 0;
}

async function publish(
  body: string | Buffer,
  headers: Record<string, string> = {},
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape, and fail where it is another one
): Promise<{ status: number; body: any }> {
  const response = await fetch(`${installation.admin.url}/events`, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, body: await response.json() };
}

describe('publishing', () => {
  test('takes one event, a list, and lines, and answers in kind', async () => {
    expect(await publish(JSON.stringify(event))).toEqual({ status: 202, body: { id: expect.any(String) } });
    const list = { status: 202, body: { data: [{ id: expect.any(String) }, { id: expect.any(String) }] } };
    expect(await publish(JSON.stringify([event, event]))).toEqual(list);
    const lines = `${JSON.stringify(event)}\n\n${JSON.stringify(event)}\n`;
    expect(await publish(lines, { 'content-type': 'application/x-ndjson' })).toEqual(list);
  });

  test('keeps the same source and id once, also within a request and from many at once', async () => {
    const named = { ...event, id: 'order-1' };
    const first = await publish(JSON.stringify(named));
    expect(first.status).toBe(202);
    expect(await publish(JSON.stringify(named))).toEqual({ status: 200, body: { id: first.body.id, duplicate: true } });
    expect((await publish(JSON.stringify({ ...named, source: 'dao:crud', event: 'create' }))).status).toBe(202);
    const before = await countEvents();
    const batch = JSON.stringify([
      { ...event, id: 'order-2' },
      { ...event, id: 'order-2' },
      { ...event, id: 'order-3' },
    ]);
    const answers = await Promise.all(Array.from({ length: 50 }, () => publish(batch)));
    const ids = answers.map(({ body }) => body.data.map((receipt: { id: string }) => receipt.id));
    expect(new Set(ids.map((row) => row.join())).size).toBe(1);
    expect(await countEvents()).toBe(before + 2);
  });

  test.each([
    ['malformed JSON', '{"source":', {}, 400, /JSON/],
    ['an empty body', '', {}, 400, /JSON/],
    [
      'an unknown source, with the nearest name',
      JSON.stringify({ ...event, source: 'crudd' }),
      {},
      400,
      /0.*source.*unknown source 'crudd', did you mean 'crud'/,
    ],
    [
      'an unknown event, with its index',
      JSON.stringify([event, { ...event, event: 'consumer' }]),
      {},
      400,
      /1\.event: unknown event 'consumer', did you mean 'consumers'/,
    ],
    ['data that is no object', JSON.stringify({ ...event, data: [1] }), {}, 400, /data/],
    ['no data', JSON.stringify({ source: 'crud', event: 'consumers' }), {}, 400, /data: required field missing/],
    ['a field that is not known', JSON.stringify({ ...event, dta: 1 }), {}, 400, /dta: unknown field/],
    ['an id of a wrong type', JSON.stringify({ ...event, id: 5 }), {}, 400, /id: expected a string/],
    ['an event that is no object', JSON.stringify([event, 7]), {}, 400, /1/],
    ['an empty list', '[]', {}, 400, /1 to 1000 events/],
    ['1,001 events', JSON.stringify(Array(1_001).fill(event)), {}, 400, /got 1001/],
    [
      'an event over 256 KiB',
      JSON.stringify([event, { ...event, data: { big: 'x'.repeat(262_144) } }]),
      {},
      400,
      /1\.data: expected at most 262144 bytes/,
    ],
    ['an event deeper than 32', JSON.stringify({ ...event, data: nested(32) }), {}, 400, /deeper than 32/],
    [
      'lines with faults of both kinds, each by its number',
      `${JSON.stringify(event)}\n{\n${JSON.stringify({ ...event, source: 'crad' })}`,
      { 'content-type': 'application/x-ndjson' },
      400,
      /schema violation \(1: not JSON; 2\.source: unknown source/,
    ],
    ['another content type', JSON.stringify(event), { 'content-type': 'text/plain' }, 415, /application\/json/],
    ['more than 8 MiB', `"${'x'.repeat(8_388_608)}"`, {}, 413, /large/],
    [
      'more than 8 MiB once unpacked',
      gzipSync(Buffer.alloc(9_000_000, 32)),
      { 'content-encoding': 'gzip' },
      413,
      /large/,
    ],
  ] as const)('refuses %s, and stores nothing', async (_what, body, headers, status, message) => {
    const before = await countEvents();
    const answer = await publish(body, headers);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toMatch(message);
    expect(await countEvents()).toBe(before);
  });

  test('keeps poison as it came: NUL, lone surrogates, __proto__ and constructor keys', async () => {
    const data = '{"nul":"\\u0000","half":"\\ud800","__proto__":{"x":1},"constructor":{"prototype":1}}';
    const { status, body } = await publish(`{"source":"crud","event":"consumers","data":${data}}`);
    expect(status).toBe(202);
    const [row] = await installation.query<{ data: string }>('SELECT data FROM events WHERE id = $1', [body.id]);
    expect(row?.data).toBe(data);
  });
});
