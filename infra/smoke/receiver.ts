import { createServer } from 'node:http';

/**
 * Takes deliveries of `infra/smoke/compose.sh` after 5 ms each, and counts them: `GET /seen` answers with the number of
 * events that arrived and that of all arrivals.
 */
const seen = new Set<string>();
let arrivals = 0;

createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(`${seen.size} ${arrivals}\n`);
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    const number = typeof body === 'object' && body !== null && 'n' in body ? body.n : undefined;
    if (typeof number === 'number') {
      seen.add(String(number));
      arrivals += 1;
    }
    setTimeout(() => response.end('ok'), 5);
  });
}).listen(8080);
