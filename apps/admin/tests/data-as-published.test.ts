import { type App, type Receiver, waitFor } from '../../../tests/support/index.ts';
import { startTestInstallation, type TestAdmin } from './test-admin.ts';

let admin: TestAdmin;
let worker: App;
let receiver: Receiver;
let stop: () => Promise<void>;

beforeAll(async () => {
  ({ admin, worker, receiver, stop } = await startTestInstallation({ logLevel: 'info' }));
}, 60_000);
afterAll(() => stop());

const json = { 'content-type': 'application/json' };
const f1 = '{"id":7615917337495251231,"n":9007199254740993}';
const f2 = '{"2":1,"1":2,"weight":136.0,"big":1e400,"deep":[{"10":-0,"9":{"x":1.10}}]}';
const bodiesAt = (path: string) =>
  receiver.requests.filter(({ url }) => url === path).map(({ body }) => body.toString());
const withNames = (data: string, event = 'consumers') => `${data.slice(0, -1)},"event":"${event}","source":"crud"}`;

async function createHook(config: string, handler = 'webhook'): Promise<string> {
  const body = `{"source":"crud","event":"consumers","handler":"${handler}","config":${config}}`;
  const answer = await admin.call('POST', '/event-hooks', { body, headers: json });
  expect(answer.status).toBe(201);
  return answer.body.id;
}

test('F1 F2 data go as published from every form of publishing to the wire, to lists, records and logs', async () => {
  const hook = await createHook(`{"url":"${receiver.url}/wire"}`);
  const log = await createHook('{}', 'log');
  const event = (data: string) => `{"source":"crud","event":"consumers","data":${data}}`;
  const cloudEvent = (id: string, data: string) =>
    `{"specversion":"1.0","id":"${id}","source":"crud","type":"consumers","data":${data}}`;
  const binary = { 'ce-specversion': '1.0', 'ce-id': 'binary', 'ce-source': 'crud', 'ce-type': 'consumers' };
  const base64 = cloudEvent('base64', 'null').replace(
    '"data":null',
    `"data_base64":"${Buffer.from(f2).toString('base64')}"`,
  );
  const forms: [string, Record<string, string>][] = [
    [event(f1), json],
    [`[ ${event(f2)},\n${event(f1)} ]`, json],
    [`${event(f2)}\r\n${event(f1)}\n`, { 'content-type': 'application/x-ndjson' }],
    [cloudEvent('structured', f2), { 'content-type': 'application/cloudevents+json' }],
    [`[${cloudEvent('b1', f2)},${cloudEvent('b2', f1)}]`, { 'content-type': 'application/cloudevents-batch+json' }],
    [base64, { 'content-type': 'application/cloudevents+json' }],
    [f2, { ...json, ...binary }],
    [event(f2.replaceAll(',', ' ,\n').replaceAll(':', ' : ')), json],
  ];
  for (const [body, headers] of forms)
    expect((await admin.call('POST', '/events', { body, headers })).status).toBe(202);
  await waitFor(() => bodiesAt('/wire').filter((body) => !body.includes('ping')).length >= 11, { timeoutMs: 25_000 });
  const bodies = bodiesAt('/wire').filter((body) => !body.includes('ping'));
  expect(bodies.toSorted()).toEqual([...Array(4).fill(withNames(f1)), ...Array(7).fill(withNames(f2))].toSorted());
  const list = (await admin.call('GET', '/events?source=crud&event=consumers')).text;
  expect(list.split(`"data":${f2},`)).toHaveLength(8);
  expect(list.split(`"data":${f1},`)).toHaveLength(5);
  const { body: page } = await admin.call('GET', `/deliveries?hook=${log}`);
  await waitFor(async () => {
    const { text } = await admin.call('GET', `/deliveries/${page.data[0].id}`);
    return text.includes('7615917337495251231') || text.includes('136.0');
  });
  const loggedAs = (data: string): string => `"hook_id":"${log}","data":${data},`;
  await waitFor(() => worker.logs().split(loggedAs(f1)).length === 5 && worker.logs().split(loggedAs(f2)).length === 8);
  for (const id of [hook, log]) await admin.call('DELETE', `/event-hooks/${id}`);
});

test('F2 of a key that stands twice the last value counts, also for event and source', async () => {
  const hook = await createHook(`{"url":"${receiver.url}/twice"}`);
  const data = '{"source":1.0,"a":1,"\\u0065vent":2.0,"a":[3.0],"b":1}';
  await admin.call('POST', '/events', { body: `{"source":"crud","event":"consumers","data":${data}}`, headers: json });
  await waitFor(() => bodiesAt('/twice').some((body) => body.includes('3.0')));
  expect(bodiesAt('/twice')).toContain('{"source":"crud","a":[3.0],"event":"consumers","b":1}');
  await admin.call('DELETE', `/event-hooks/${hook}`);
});

test('F1 F2 tests and previews keep data as they are given', async () => {
  const hook = await createHook(`{"url":"${receiver.url}/test"}`);
  for (const data of [f1, f2]) {
    const tested = await admin.call('POST', `/event-hooks/${hook}/test`, { body: data, headers: json });
    expect(tested.text).toContain(`"data":${withNames(data)}`);
    expect(bodiesAt('/test')).toContain(withNames(data));
    const config = `{"url":"${receiver.url}/"}`;
    const body = `{"source":"crud","event":"consumers","handler":"webhook","config":${config},"data":${data}}`;
    const rendered = await admin.call('POST', '/event-hooks/render', { body, headers: json });
    expect(rendered.body.request.body).toBe(withNames(data));
  }
  await admin.call('DELETE', `/event-hooks/${hook}`);
});

test('F2 a payload keeps the order of its keys on the wire, in tests and in previews', async () => {
  const payload = '{"2":"{{ n }}","1":{"04":1.0,"3":["{{ n }}",{"1":1,"0":0}]},"x":true}';
  const sent = payload.replaceAll('{{ n }}', '136.0');
  const headers = '"headers":{"content-type":"application/json"}';
  const config = `{"url":"${receiver.url}/ordered","method":"POST",${headers},"payload":${payload}}`;
  const hook = await createHook(config, 'webhook-custom');
  await admin.call('POST', `/event-hooks/${hook}/test`, { body: '{"n":136.0}', headers: json });
  expect(bodiesAt('/ordered')).toContain(sent);
  const body = `{"source":"crud","event":"consumers","handler":"webhook-custom","config":${config},"data":{"n":136.0}}`;
  const rendered = await admin.call('POST', '/event-hooks/render', { body, headers: json });
  expect(rendered.body.request.body).toBe(sent);
  await admin.call('POST', '/events', {
    body: '{"source":"crud","event":"consumers","data":{"n":136.0}}',
    headers: json,
  });
  await waitFor(() => bodiesAt('/ordered').filter((text) => text === sent).length === 2);
  await admin.call('DELETE', `/event-hooks/${hook}`);
});

test('F2 the order of a form is the order of the payload', async () => {
  const config = { 'config.url': `${receiver.url}/form`, 'config.method': 'POST' };
  const fields = { source: 'crud', event: 'services', handler: 'webhook-custom', ...config };
  const form = new URLSearchParams({ ...fields, 'config.payload.b': '1' });
  for (const name of ['10', '9', 'a']) form.append(`config.payload.${name}`, name);
  const { text, status } = await admin.call('POST', '/event-hooks', { body: form });
  expect([status, text]).toEqual([201, expect.stringContaining('"payload":{"b":"1","10":"10","9":"9","a":"a"}')]);
});

test("F1 F2 a hook's payload keeps its numbers and the order of its keys: as it is answered, stored, listed, patched, pinged and recorded", async () => {
  const payload = '{"id":7615917337495251231,"10":[136.0,{"2":1e400,"1":1e-20000}],"9":5}';
  const id = await createHook(
    `{"url":"${receiver.url}/payload","method":"POST","payload":${payload}}`,
    'webhook-custom',
  );
  const paths = [`/event-hooks/${id}`, '/event-hooks', `/audit`];
  for (const path of paths)
    expect([path, (await admin.call('GET', path)).text.includes(payload)]).toEqual([path, true]);
  await waitFor(() => bodiesAt('/payload').some((body) => body.includes(payload)));
  const patched = await admin.call('PATCH', `/event-hooks/${id}`, { body: { snooze: 5 } });
  expect(patched.text).toContain(payload);
  const before = patched.body.updated_at;
  const same = await admin.call('PATCH', `/event-hooks/${id}`, {
    body: `{"config":{"payload":${payload}}}`,
    headers: json,
  });
  expect([same.status, same.body.updated_at]).toEqual([200, before]);
  expect((await admin.call('GET', `/event-hooks/${id}/ping`)).text).toContain(payload);
  const other = payload.replace('231', '232');
  const changed = await admin.call('PATCH', `/event-hooks/${id}`, {
    body: `{"snooze":5.0,"config":{"payload":${other}}}`,
    headers: json,
  });
  expect(changed.text).toContain(other);
  const events = (await admin.call('GET', '/events?source=crud&event=event_hooks')).text;
  expect([events.includes(payload), events.includes(other)]).toEqual([true, true]);
});
