import { bundleSandbox } from '../../src/bundle/bundle.ts';
import { DEFAULT_LIMITS, type SandboxLimits } from '../../src/index.ts';
import { type RunnerProcess, startRunner } from '../../src/pool/runner-process.ts';
import type { GuestOutcome } from '../../src/protocol.ts';
import { runCall } from '../../src/run-call.ts';
import { items } from './sandbox.ts';

export interface HostileRun {
  outcomes: GuestOutcome[];
  /** How each task ended, and the CPU time that its runner measured. */
  tasks: { reason: string; cpuMs: number }[];
  slowedDown: number;
}

export interface HostileRunner {
  /**
   * Runs `count` items on a guest whose `run` has this body, as if user code had taken over everything in the isolate.
   * In scope: `progress` (the shared numbers), `calls` (how many slices there were), `burn(ms)`.
   */
  run(body: string, count: number): Promise<HostileRun>;
  close(): Promise<void>;
}

const guestWith = (body: string) => `
  let progress;
  let calls = 0;
  const burn = (ms) => { const end = Date.now() + ms; while (Date.now() < end); };
  const run = () => { ${body} };
  globalThis.__eventhooksGuest = (command, argument, buffer) => {
    if (command === 'last') return '';
    if (command === 'load') {
      progress = new Int32Array(buffer);
      return '{"ok":true}';
    }
    calls += 1;
    return run();
  };`;

export function openHostileRunner(given: Partial<SandboxLimits>): HostileRunner {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const runners: RunnerProcess[] = [];

  async function start(body: string): Promise<RunnerProcess> {
    const bundles = await bundleSandbox();
    const guestCode = { ...bundles.guestCode, javascript: guestWith(body) };
    const runner = await startRunner({ ...bundles, guestCode, limits }, false);
    runners.push(runner);
    return runner;
  }

  return {
    async run(body, count) {
      const tasks: HostileRun['tasks'] = [];
      let slowedDown = 0;
      let runner = await start(body);
      const pool = {
        async run({ request, onOutcomes }: Parameters<Parameters<typeof runCall>[0]['run']>[0]) {
          const result = await runner.run(request, onOutcomes);
          tasks.push(result.ok ? { reason: result.end.reason, cpuMs: result.cpuMs } : { reason: 'lost', cpuMs: 0 });
          const isOver = !result.ok || (result.end.reason === 'failed' && result.end.failure.stuck);
          if (isOver) await runner.kill();
          if (isOver) runner = await start(body);
          return result;
        },
        slowDown() {
          slowedDown += 1;
        },
      };
      const hook = { id: 'hostile', revision: '1' };
      const call = { guest: 'javascript' as const, hook, sources: ['any'], items: items(count) };
      return { outcomes: await runCall(pool, limits, call), tasks, slowedDown };
    },
    async close() {
      await Promise.all(runners.map((runner) => runner.kill()));
    },
  };
}
