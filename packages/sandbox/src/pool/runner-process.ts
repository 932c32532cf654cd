import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { setPriority } from 'node:os';
import { dirname, parse } from 'node:path';
import type { BootMessage, RunnerMessage, TurnEnd, TurnRequest } from '../protocol.ts';

/** How a turn ended from the parent's side: `lost` when the process died or fell silent, without saying why. */
export type TurnResult = { ok: true; end: TurnEnd; cpuMs: number; rssMib: number } | Lost;

/** `detail` is what the process last wrote to stderr: for operators, not for users. */
export interface Lost {
  ok: false;
  message: string;
  detail: string;
}

export interface RunnerProcess {
  readonly isAlive: boolean;
  /** One turn at a time. `onOutcomes` gets JSON arrays, in order. */
  take(request: TurnRequest, onOutcomes: (text: string) => void): Promise<TurnResult>;
  /** SIGKILL; resolves once the process is gone. */
  kill(): Promise<void>;
}

/** A runner watches its scripts itself; this is how much later than its own deadline the parent gives it up. */
const SILENCE_GRACE_MS = 3_000;
/** The kernel ends a runner at this many times the CPU time at which it should have been replaced: its parent must be gone. */
const CPU_LIMIT_FACTOR = 2;
/** The slow runner gets about a tenth of a busy core. */
const SLOW_PRIORITY = 10;
const STDERR_CHARS = 2_000;

/** All code comes over the channel: the runner reads no file but isolated-vm's. */
const LOADER = `process.once('message', (boot) => {
  const module = { exports: {} };
  new Function('module', 'exports', 'require', boot.runnerCode)(module, module.exports, require);
  module.exports.startRunner(boot, require(boot.isolatedVmPath));
});`;

/**
 * Starts a runner: an empty environment, no files, no child processes, no workers (Node's permission model; native code
 * could still do more), no inherited flags. Where there is a POSIX shell the kernel limits its CPU time.
 *
 * @throws Error when the process ends, or says nothing, before it is ready.
 */
export async function startRunner(boot: BootMessage, isSlow: boolean): Promise<RunnerProcess> {
  const child = spawnNode(boot);
  if (isSlow && child.pid !== undefined) lowerPriority(child.pid);
  const stderr = keepTail(child);
  let isAlive = true;
  let onMessage: (message: RunnerMessage) => void = () => {};
  const { promise: ended, resolve: reportEnd } = Promise.withResolvers<void>();
  const onEnd = (): void => {
    isAlive = false;
    reportEnd();
  };
  child.once('exit', onEnd);
  // The process could not be started, or a message could not be sent to one that is ending.
  child.on('error', () => (child.pid === undefined ? onEnd() : child.kill('SIGKILL')));
  child.on('message', (message: RunnerMessage) => onMessage(message));

  const lost = (message: string): Lost => ({ ok: false, message, detail: stderr() });

  async function kill(): Promise<void> {
    if (isAlive) child.kill('SIGKILL');
    await ended;
  }

  /** Sends and hands on what comes back until `onReply` gives a result; each message restarts the clock. */
  async function converse<T>(
    message: object,
    silenceMs: number,
    onReply: (reply: RunnerMessage) => T | undefined,
  ): Promise<{ ok: true; result: T } | Lost> {
    const { promise: replied, resolve } = Promise.withResolvers<{ ok: true; result: T } | Lost>();
    const timer = setTimeout(() => resolve(lost('the sandbox runner fell silent')), silenceMs);
    onMessage = (reply) => {
      timer.refresh();
      const result = onReply(reply);
      if (result !== undefined) resolve({ ok: true, result });
    };
    const died = ended.then(() => lost('the sandbox runner died'));
    if (isAlive) child.send(message, () => {});
    const outcome = await Promise.race([replied, died]);
    clearTimeout(timer);
    onMessage = () => {};
    if (!outcome.ok) await kill();
    return outcome;
  }

  const ready = await converse(boot, boot.limits.runnerStartMs, ({ type }) => (type === 'ready' ? true : undefined));
  if (!ready.ok) throw new Error(`${ready.message} at its start: ${ready.detail}`);
  return {
    get isAlive() {
      return isAlive;
    },
    kill,
    async take(request, onOutcomes) {
      const silenceMs = boot.limits.runWallMs + SILENCE_GRACE_MS;
      const reply = await converse(request, silenceMs, (message) => {
        if (message.type === 'outcomes') onOutcomes(message.text);
        return message.type === 'end' ? message : undefined;
      });
      return reply.ok ? { ok: true, ...reply.result } : reply;
    },
  };
}

function spawnNode(boot: BootMessage): ChildProcess {
  const nodeArguments = [
    '--no-node-snapshot',
    '--permission',
    '--allow-addons',
    '--disable-warning=SecurityWarning',
    ...readableFiles(boot.isolatedVmPath).map((path) => `--allow-fs-read=${path}`),
    '-e',
    LOADER,
  ];
  const options = {
    env: {},
    cwd: parse(process.execPath).root,
    // JSON, not V8's own format: a runner that was broken into must not feed the parent's deserializer.
    serialization: 'json' as const,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'] as ('ignore' | 'pipe' | 'ipc')[],
    windowsHide: true,
  };
  if (process.platform === 'win32') return spawn(process.execPath, nodeArguments, options);
  const cpuSeconds = Math.ceil((boot.limits.runnerCpuMs * CPU_LIMIT_FACTOR) / 1000);
  // No core dumps (they would hold users' data), an end by CPU time, and first in line when the system's memory runs out
  // (Linux only). Memory itself has no such limit: V8 maps more than it uses, so that no number would fit.
  const script = [
    'ulimit -c 0',
    `ulimit -t ${cpuSeconds}`,
    '{ echo 1000 > /proc/self/oom_score_adj; } 2>/dev/null',
    'exec "$0" "$@"',
  ].join('\n');
  return spawn('/bin/sh', ['-c', script, process.execPath, ...nodeArguments], options);
}

/** isolated-vm, its loader, and the file by which the loader knows Alpine. */
function readableFiles(isolatedVmPath: string): string[] {
  const loader = createRequire(isolatedVmPath).resolve('node-gyp-build');
  return [dirname(isolatedVmPath), dirname(loader), '/etc/alpine-release'];
}

/** Right after the start, while the process has one thread: threads inherit the priority, and Linux sets it for one. */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, SLOW_PRIORITY);
  } catch {
    // It has died already, or this system refuses; the slow runner then only lacks its manners.
  }
}

function keepTail(child: ChildProcess): () => string {
  let tail = '';
  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (text: string) => {
    tail = (tail + text).slice(-STDERR_CHARS);
  });
  return () => tail;
}
