import { connect, type Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { waitFor } from '../../../tests/support/index.ts';
import { createBodyBudget } from '../src/http/body-budget.ts';
import { ADMIN_TOKEN, createTestDatabase, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

let database: TestDatabase;
let admin: TestAdmin;
const budgetBytes = 1024 * 1024;
const uploadDeadlineMs = 1_500;

beforeAll(async () => {
  database = await createTestDatabase();
  const limits = { maxBytes: 4 * budgetBytes, maxBytesPerOwner: budgetBytes };
  admin = await startTestAdmin(database, {}, { bodyBudget: createBodyBudget(limits), uploadDeadlineMs });
}, 60_000);
afterAll(async () => {
  await admin.stop();
  await database.drop();
});

const json = { 'content-type': 'application/json' };
const lines = { 'content-type': 'application/x-ndjson' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const event = JSON.stringify({ source: 'crud', event: 'consumers', data: { name: 'Jürgen' } });
const send = (path: string, body: Buffer | string, headers: Record<string, string>) =>
  admin.call('POST', path, { body: Buffer.from(body as string), headers });

async function countEvents(): Promise<number> {
  return (await admin.call('GET', '/events?size=1000')).body.data.length;
}

test('F11 a byte-order mark is dropped from JSON, NDJSON, CloudEvents and forms', async () => {
  const bom = '\ufeff';
  const cloudEvent = JSON.stringify({ specversion: '1.0', id: 'bom', source: 'crud', type: 'consumers', data: {} });
  expect((await send('/events', bom + event, json)).status).toBe(202);
  expect((await send('/events', `${bom}${event}\n${event}`, lines)).status).toBe(202);
  expect((await send('/events', bom + cloudEvent, { 'content-type': 'application/cloudevents+json' })).status).toBe(
    202,
  );
  const hook = await send('/event-hooks', `${bom}source=crud&handler=log&name=J%C3%BCrgen+%26+Söhne`, form);
  expect([hook.status, hook.body.name]).toEqual([201, 'Jürgen & Söhne']);
  expect((await send('/event-hooks', `${bom}{"source":"crud","handler":"log"}`, json)).status).toBe(201);
});

test('F12 what is not UTF-8 is refused in every form, and nothing is stored', async () => {
  const before = await countEvents();
  const latin1 = Buffer.from(event, 'latin1');
  const boundary = { 'content-type': 'multipart/form-data; boundary=b' };
  const part = (name: string, value: string) =>
    Buffer.from(`--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--b--\r\n`, 'latin1');
  const cases: [string, Buffer | string, Record<string, string>][] = [
    ['/events', latin1, json],
    ['/events', Buffer.concat([Buffer.from(`${event}\n`), latin1]), lines],
    ['/events', latin1, { 'content-type': 'application/cloudevents+json' }],
    [
      '/events',
      latin1,
      { ...json, 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': 'crud', 'ce-type': 'consumers' },
    ],
    ['/events', Buffer.from(`\ufeff${event}`, 'utf16le'), json],
    ['/events', gzipSync(latin1), { ...json, 'content-encoding': 'gzip' }],
    ['/event-hooks', Buffer.from('{"source":"crud","handler":"log","name":"J\u00fcrgen"}', 'latin1'), json],
    ['/event-hooks', 'source=crud&handler=log&name=J%FCrgen', form],
    ['/event-hooks', 'source=crud&handler=log&n%C3me=x', form],
    ['/event-hooks', Buffer.from('source=crud&handler=log&name=J\u00fcrgen', 'latin1'), form],
    ['/event-hooks', part('name', 'J\u00fcrgen'), boundary],
    ['/event-hooks', part('n\u00fc', 'x'), boundary],
  ];
  for (const [path, body, headers] of cases) {
    const answer = await send(path, body, headers);
    expect([String(body).slice(0, 80), answer.status, answer.body.message]).toEqual([
      String(body).slice(0, 80),
      400,
      expect.stringMatching(/not UTF-8|in UTF-8/),
    ]);
  }
  expect(await countEvents()).toBe(before);
});

test('F13 bodies come compressed in five ways; what cannot be undone, or is too large then, is refused', async () => {
  const packed: [string, Buffer][] = [
    ['gzip', gzipSync(event)],
    ['x-gzip', gzipSync(event)],
    ['GZIP', gzipSync(event)],
    ['br', brotliCompressSync(event)],
    ['deflate', deflateSync(event)],
    ['deflate', deflateRawSync(event)],
    ['zstd', zstdCompressSync(event)],
    ['identity', Buffer.from(event)],
  ];
  for (const [encoding, body] of packed) {
    expect([encoding, (await send('/events', body, { ...json, 'content-encoding': encoding })).status]).toEqual([
      encoding,
      202,
    ]);
    if (encoding === 'identity') continue;
    for (const broken of [body.subarray(0, -6), Buffer.from('no such thing')]) {
      const { status, body: answer } = await send('/events', broken, { ...json, 'content-encoding': encoding });
      expect([encoding, status, answer.message]).toEqual([encoding, 400, 'The body cannot be decompressed']);
    }
  }
  const bomb = Buffer.alloc(20 * 1024 * 1024, 32);
  for (const [encoding, body] of [
    ['gzip', gzipSync(bomb)],
    ['br', brotliCompressSync(bomb)],
    ['zstd', zstdCompressSync(bomb)],
  ] as const) {
    expect([encoding, (await send('/events', body, { ...json, 'content-encoding': encoding })).status]).toEqual([
      encoding,
      413,
    ]);
  }
  for (const encoding of ['compress', 'gzip, br', 'snappy']) {
    const { status, body } = await send('/events', 'x', { ...json, 'content-encoding': encoding });
    expect([status, body.message]).toEqual([415, expect.stringContaining('gzip, x-gzip, br, deflate, zstd')]);
  }
});

test('F17 a part without a name, and data that nest 5,000 deep in a preview, are refused', async () => {
  const boundary = { 'content-type': 'multipart/form-data; boundary=b' };
  for (const disposition of ['form-data; filename="x.lua"', 'form-data']) {
    const body = `--b\r\ncontent-disposition: ${disposition}\r\n\r\nx\r\n--b--\r\n`;
    expect((await send('/event-hooks', body, boundary)).status).toBe(400);
  }
  for (const body of ['', '--b', '--b\r\n\r\nx', '--c--']) {
    expect((await send('/event-hooks', body === '' ? 'x' : body, boundary)).status).toBe(400);
  }
  expect((await send('/event-hooks', 'x', { 'content-type': 'multipart/form-data' })).status).toBe(400);
  for (const number of ['1', '1.0']) {
    const data = `${'{"a":'.repeat(5_000)}${number}${'}'.repeat(5_000)}`;
    const body = `{"source":"crud","event":"consumers","handler":"webhook","config":{"url":"http://127.0.0.1:1/"},"data":${data}}`;
    expect((await send('/event-hooks/render', body, json)).status).toBe(400);
    expect((await send('/event-hooks', body, json)).status).toBe(400);
  }
});

function upload(bytes: number, token: string | null = ADMIN_TOKEN): Promise<{ socket: Socket; answer: () => string }> {
  const { hostname, port } = new URL(admin.url);
  const { promise, resolve, reject } = Promise.withResolvers<{ socket: Socket; answer: () => string }>();
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString();
  });
  socket.on('error', reject);
  const auth = token === null ? '' : `kong-admin-token: ${token}\r\n`;
  socket.write(
    `POST /events HTTP/1.1\r\nhost: x\r\n${auth}content-type: application/json\r\ncontent-length: 8000000\r\n\r\n`,
  );
  socket.write(Buffer.alloc(bytes, 32), () => resolve({ socket, answer: () => answer }));
  return promise;
}

test('A4 uploads that stall are answered 408, and take no more memory than their budget', async () => {
  const { body: other } = await admin.call('POST', '/tokens', { body: { role: 'publisher', name: 'other' } });
  const uploads = await Promise.all(Array.from({ length: 12 }, () => upload(budgetBytes / 2)));
  await waitFor(() => uploads.filter(({ answer }) => answer().startsWith('HTTP/1.1 503')).length >= 9);
  expect(uploads.some(({ answer }) => /retry-after/i.test(answer()))).toBe(true);
  // The budget of one token is used up, not that of others.
  const big = JSON.stringify({ source: 'crud', event: 'consumers', data: { text: 'x'.repeat(200_000) } });
  expect((await send('/events', big, { ...json, 'kong-admin-token': other.token })).status).toBe(202);
  await waitFor(() => uploads.every(({ answer }) => /^HTTP\/1.1 (408|503)/.test(answer())));
  expect(uploads.some(({ answer }) => answer().startsWith('HTTP/1.1 408') && /connection: close/i.test(answer()))).toBe(
    true,
  );
  for (const { socket } of uploads) socket.destroy();
  await waitFor(async () => (await send('/events', big, json)).status === 202);
});

test('A6 a multipart body of 200,000 boundaries is refused before it is parsed', async () => {
  const headers = { 'content-type': 'multipart/form-data; boundary=b' };
  const startedAt = performance.now();
  for (const body of [
    '--b\r\n'.repeat(200_000),
    '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n\r\n'.repeat(15_000),
  ]) {
    expect((await send('/event-hooks', body, headers)).status).toBe(400);
  }
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
