import { addEvents, buildBatchRequest } from './batch-request.ts';

const item = (id: string, dataText: string) => ({ id, source: 'shop', event: 'order', timeMs: 0, dataText });

test('a batch is a JSON array of its events, with data as they were published', () => {
  const request = buildBatchRequest({
    url: 'http://x',
    headers: { 'X-Own': 'a' },
    items: [item('1', '{"n":7615917337495251231}'), item('2', '{"b":1e400,"a":"é"}')],
  });
  expect(request).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/json', 'x-own': 'a' } });
  const time = '"time":"1970-01-01T00:00:00.000Z"';
  expect(request.body).toBe(
    `[{"id":"1","source":"shop","event":"order",${time},"data":{"n":7615917337495251231}},{"id":"2","source":"shop","event":"order",${time},"data":{"b":1e400,"a":"é"}}]`,
  );
});

test('templates of a batch see the last event and all events', () => {
  const items = [item('1', '{"n":1}'), item('2', '{"n":2}')];
  expect(JSON.parse(addEvents('{"n":2,"events":"own"}', items))).toMatchObject({
    n: 2,
    events: [
      { id: '1', data: { n: 1 } },
      { id: '2', data: { n: 2 } },
    ],
  });
  expect(JSON.parse(addEvents('{ }', [])).events).toEqual([]);
});
