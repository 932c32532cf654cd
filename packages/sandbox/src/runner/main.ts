import type ivm from 'isolated-vm';
import type { BootMessage, RunnerMessage, TurnRequest } from '../protocol.ts';
import { takeTurn } from './turn.ts';
import { createWarmIsolates } from './warm-isolates.ts';
import { readRssMib } from './watch.ts';

/**
 * The whole of a runner process: takes turns, one after the other, until it is killed. User code runs on isolated-vm's
 * threads, never on this one, so that it can see the channel close and end itself: `process.exit` would wait for a stuck
 * isolate, SIGKILL does not.
 */
export function startRunner(boot: BootMessage, vm: typeof ivm): void {
  process.title = 'eventhooks-sandbox';
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  const isolates = createWarmIsolates(vm, boot);
  process.on('message', (request: TurnRequest) => {
    const startedCpu = process.cpuUsage();
    const tools = {
      isolates,
      limits: boot.limits,
      sendOutcomes: (text: string) => send({ type: 'outcomes', text }),
    };
    // A rejection here is a bug of ours; the process dies of it and the parent replaces it.
    void takeTurn(tools, request).then((end) => {
      const { user, system } = process.cpuUsage(startedCpu);
      send({ type: 'end', end, cpuMs: (user + system) / 1000, rssMib: readRssMib() });
    });
  });
  send({ type: 'ready' });
}

function send(message: RunnerMessage): void {
  process.send?.(message);
}
