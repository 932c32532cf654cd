import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { setPriority } from 'node:os';
import { dirname, parse } from 'node:path';
import type { BootMessage, RunnerMessage, TaskEnd, TaskRequest } from '../protocol.ts';

/** How a task ended, as its parent sees it. It is `Lost` when the process died or fell silent without saying why. */
export type TaskResult = { ok: true; end: TaskEnd; cpuMs: number; rssMib: number } | Lost;

/** `detail` is the end of the process's stderr. It is for operators, not for users. */
export interface Lost {
  ok: false;
  message: string;
  detail: string;
}

export interface RunnerProcess {
  readonly isAlive: boolean;
  /** One task at a time. `onOutcomes` gets JSON arrays, in order. */
  run(request: TaskRequest, onOutcomes: (text: string) => void): Promise<TaskResult>;
  /** Sends SIGKILL, and resolves once the process is gone. */
  kill(): Promise<void>;
}

/** A runner watches its scripts itself. The parent kills it this long after the runner's own deadline. */
const silenceGraceMs = 3_000;
/**
 * The kernel kills a runner at this multiple of the CPU time at which its parent should have replaced it. That happens
 * only when the parent is gone.
 */
const cpuLimitFactor = 2;
/** A nice value that leaves the slow runner about a tenth of a busy core. */
const slowPriority = 10;
const stderrChars = 2_000;

/** All code comes over the channel: the runner reads no file but isolated-vm's. */
const loaderCode = `process.once('message', (boot) => {
  const module = { exports: {} };
  new Function('module', 'exports', 'require', boot.runnerCode)(module, module.exports, require);
  module.exports.startRunner(boot, require(boot.isolatedVmPath));
});`;

/**
 * Starts a runner with an empty environment and no inherited flags. Node's permission model denies it files, child
 * processes and worker threads; native code could still do more. Where there is a POSIX shell the kernel limits its CPU
 * time.
 *
 * @throws Error when the process ends, or is silent for too long, before it is ready.
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
  // Either the process did not start, or a message was sent while it was ending.
  child.on('error', () => (child.pid === undefined ? onEnd() : child.kill('SIGKILL')));
  child.on('message', (message: RunnerMessage) => onMessage(message));

  const lost = (message: string): Lost => ({ ok: false, message, detail: stderr() });

  async function kill(): Promise<void> {
    if (isAlive) child.kill('SIGKILL');
    await ended;
  }

  /** Sends a message and passes replies to `onReply` until it returns a result. Each reply restarts the clock. */
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
    async run(request, onOutcomes) {
      const silenceMs = boot.limits.runWallMs + silenceGraceMs;
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
    loaderCode,
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
  const cpuSeconds = Math.ceil((boot.limits.runnerCpuMs * cpuLimitFactor) / 1000);
  // No core dumps, which would hold users' data; an end by CPU time; the first victim when the system runs out of memory
  // (Linux only). There is no limit for memory itself: V8 maps far more than it uses, so that no number would fit.
  const script = [
    'ulimit -c 0',
    `ulimit -t ${cpuSeconds}`,
    '{ echo 1000 > /proc/self/oom_score_adj; } 2>/dev/null',
    'exec "$0" "$@"',
  ].join('\n');
  return spawn('/bin/sh', ['-c', script, process.execPath, ...nodeArguments], options);
}

/** isolated-vm, its loader, and the file by which the loader recognizes Alpine. */
function readableFiles(isolatedVmPath: string): string[] {
  const loader = createRequire(isolatedVmPath).resolve('node-gyp-build');
  return [dirname(isolatedVmPath), dirname(loader), '/etc/alpine-release'];
}

/** Must come right after the start, while the process has one thread: Linux sets it for one, and new threads inherit it. */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, slowPriority);
  } catch {
    // The process is gone already, or the system refuses. The slow runner then competes at normal priority.
  }
}

function keepTail(child: ChildProcess): () => string {
  let tail = '';
  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (text: string) => {
    tail = (tail + text).slice(-stderrChars);
  });
  return () => tail;
}
