import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux and macOS give to outgoing connections and to whoever listens on port 0, and above those that
 * deliveries are refused to.
 */
const [lowest, highest] = [27_100, 32_767];
const tries = 100;

/**
 * A TCP port of 127.0.0.1 that was free a moment ago. It is a random one of those that the system gives to nobody by itself, so
 * that it most likely still is when it is used.
 */
export async function findFreePort(): Promise<number> {
  for (let tried = 0; tried < tries; tried += 1) {
    const port = randomInt(lowest, highest + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port found between ${lowest} and ${highest} on 127.0.0.1`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
