import type { Socket } from 'node:net';
import type { AttemptResult, DeliveryClient } from '../src/index.ts';
import { createLocalClient, post } from './support/client.ts';
import { type RawReceiver, startRawReceiver } from './support/raw-receiver.ts';
import { type ResponseCase, responseCases } from './support/responses.ts';

let client: DeliveryClient;
let receiver: RawReceiver | undefined;

beforeEach(() => {
  client = createLocalClient();
});

afterEach(async () => {
  await client.close();
  await receiver?.close();
  receiver = undefined;
});

async function deliverTo(respond: (socket: Socket) => void): Promise<AttemptResult> {
  receiver = await startRawReceiver(respond);
  return await client.send(post(`http://127.0.0.1:${receiver.port}/hook`, { timeoutMs: 5_000 }));
}

function finish(socket: Socket, { after }: ResponseCase): void {
  if (after === 'end') socket.end();
  // Bytes that were sent before a reset are lost with it unless they have been read.
  if (after === 'reset') setTimeout(() => socket.resetAndDestroy(), 30);
}

function expectOutcome(result: AttemptResult, { status, kind, body, headers }: ResponseCase): void {
  expect({
    status: result.response?.status ?? null,
    kind: result.ok ? undefined : result.kind,
    body: body === undefined ? undefined : result.response?.body,
  }).toEqual({ status, kind, body });
  expect(result.response?.headers ?? {}).toMatchObject(headers ?? {});
  expect(result.durationMs).toBeLessThan(4_000);
}

function describeOutcome({ title, status, kind }: ResponseCase): string {
  return `${title}: ${[status, kind ?? 'succeeds'].filter((part) => part !== null).join(', ')}`;
}

const cases = responseCases.map((response): [string, ResponseCase] => [describeOutcome(response), response]);

test.each(cases)('%s', async (_title, response) => {
  const result = await deliverTo((socket) => {
    socket.write(Buffer.from(response.bytes, 'latin1'));
    finish(socket, response);
  });
  expectOutcome(result, response);
});

test.each(cases.filter(([, { bytes }]) => bytes.length < 300))('%s, in single bytes', async (_title, response) => {
  const result = await deliverTo((socket) => {
    const bytes = [...Buffer.from(response.bytes, 'latin1')];
    const writeNext = () => {
      const byte = bytes.shift();
      if (byte === undefined) {
        finish(socket, response);
      } else {
        socket.write(Buffer.of(byte));
        setImmediate(writeNext);
      }
    };
    writeNext();
  });
  expectOutcome(result, response);
});
