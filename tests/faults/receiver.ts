import { once } from 'node:events';
import { createServer } from 'node:http';

export interface RecordingReceiver {
  url: string;
  close(): Promise<void>;
}

/** Answers 200 and records the `webhook-id` of everything but pings; keeps nothing else, for hundreds of thousands of requests. */
export async function startRecordingReceiver(
  record: (webhookId: string, path: string) => void,
): Promise<RecordingReceiver> {
  const server = createServer((request, response) => {
    let start = '';
    request.on('data', (chunk: Buffer) => {
      if (start.length < 200) start += chunk;
    });
    request.on('error', () => response.destroy());
    request.on('end', () => {
      const id = request.headers['webhook-id'];
      if (typeof id === 'string' && !start.includes('kong:event_hooks')) record(id, request.url ?? '');
      response.end();
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
