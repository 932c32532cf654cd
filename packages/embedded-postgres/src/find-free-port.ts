import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * The range below the ports that Linux and macOS assign to outgoing connections and to listeners on port 0, and above the
 * ports that deliveries may not use.
 */
const [lowest, highest] = [27_100, 32_767];
const tries = 100;

/**
 * A TCP port of 127.0.0.1 that was free a moment ago. It is a random one from a range that the system never assigns by itself,
 * so it is most likely still free when it is used.
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
