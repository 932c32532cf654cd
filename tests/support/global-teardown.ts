import { once } from 'node:events';
import { endLeftovers } from './leftovers.ts';

/** Stops the servers, and fails the run when a test left a process behind. */
export default async function stopServers(): Promise<void> {
  const servers = globalThis.eventhooksTestServers;
  if (servers === undefined) return;
  const { keeper, runDir } = servers;
  const leftovers = await endLeftovers(runDir);
  if (keeper.exitCode === null) {
    const exited = once(keeper, 'exit');
    keeper.stdin?.end();
    await exited;
  }
  leftovers.push(...(await endLeftovers(runDir)));
  if (leftovers.length > 0) throw new Error(`Tests left processes running (now ended):\n${leftovers.join('\n')}`);
}
