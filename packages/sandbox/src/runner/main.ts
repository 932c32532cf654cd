import type ivm from 'isolated-vm';
import type { BootMessage, RunnerMessage, TaskRequest } from '../protocol.ts';
import { runTask } from './run-task.ts';
import { createWarmIsolates } from './warm-isolates.ts';
import { readRssMib } from './watch.ts';

/**
 * The main function of a runner: runs one task after the other, until the process is killed. User code runs on
 * isolated-vm's threads, never on this one, which therefore notices when the parent has gone, and ends the process.
 * `process.exit` would wait for a stuck isolate; SIGKILL does not.
 */
export function startRunner(boot: BootMessage, vm: typeof ivm): void {
  process.title = 'eventhooks-sandbox';
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  const isolates = createWarmIsolates(vm, boot);
  process.on('message', (request: TaskRequest) => {
    const startedCpu = process.cpuUsage();
    const tools = {
      isolates,
      limits: boot.limits,
      sendOutcomes: (text: string) => send({ type: 'outcomes', text }),
    };
    // A rejection here is a bug. It ends the process, which the parent replaces.
    void runTask(tools, request).then((end) => {
      const { user, system } = process.cpuUsage(startedCpu);
      send({ type: 'end', end, cpuMs: (user + system) / 1000, rssMib: readRssMib() });
    });
  });
  send({ type: 'ready' });
}

function send(message: RunnerMessage): void {
  process.send?.(message);
}
