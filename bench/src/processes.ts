import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';

export interface StartOptions {
  name: string;
  file: string;
  args: readonly string[];
  env?: Record<string, string>;
  /** Rejects as long as the process does not serve. */
  checkReady: () => Promise<void>;
}

/** Child processes that are stopped together. */
export interface ProcessGroup {
  /** Starts a process and waits until it is ready. @returns its pid */
  start(options: StartOptions): Promise<number>;
  /** Runs a program to its end; rejects when it fails. */
  run(file: string, args: readonly string[], env: Record<string, string>): Promise<void>;
  /** The processes by name, in the order of their start. */
  pids(): Map<string, number>;
  stopOne(name: string): Promise<void>;
  /** Stops all, the youngest first, and waits for them. */
  stop(): Promise<void>;
}

const readyDeadlineMs = 30_000;
const stopDeadlineMs = 12_000;
const pollMs = 50;

/** @param signal ends waiting; the processes are stopped by `stop`, or when this process exits. */
export function createProcessGroup(signal: AbortSignal): ProcessGroup {
  const children = new Map<string, ChildProcess>();
  process.once('exit', () => {
    for (const child of children.values()) child.kill('SIGKILL');
  });

  const launch = (name: string, file: string, args: readonly string[], env: Record<string, string>): ChildProcess => {
    signal.throwIfAborted();
    // In a session of its own, so that a terminal's Ctrl-C reaches this process alone, which stops them in order.
    const child = spawn(file, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', process.stderr, process.stderr],
      detached: true,
    });
    children.set(name, child);
    return child;
  };
  return {
    async start({ name, file, args, env = {}, checkReady }) {
      const child = launch(name, file, args, env);
      let failure: Error | undefined;
      child.once('error', (error) => {
        failure = error;
      });
      const endsAt = Date.now() + readyDeadlineMs;
      while (!(await succeeds(checkReady))) {
        signal.throwIfAborted();
        if (failure) throw new Error(`${name} did not start: ${failure.message}`);
        if (hasEnded(child)) throw new Error(`${name} ended with ${child.signalCode ?? `code ${child.exitCode}`}`);
        if (Date.now() > endsAt) throw new Error(`${name} was not ready within ${readyDeadlineMs} ms`);
        await delay(pollMs);
      }
      if (child.pid === undefined || hasEnded(child)) throw new Error(`${name} ended; another process serves its port`);
      return child.pid;
    },
    async run(file, args, env) {
      const child = launch(args.join(' '), file, args, env);
      const [code] = await once(child, 'close', { signal });
      children.delete(args.join(' '));
      if (code !== 0) throw new Error(`${args.join(' ')} ended with code ${code}`);
    },
    pids: () => new Map([...children].flatMap(([name, { pid }]) => (pid === undefined ? [] : [[name, pid] as const]))),
    async stopOne(name) {
      const child = children.get(name);
      if (child) await stopChild(child);
      children.delete(name);
    },
    async stop() {
      for (const child of [...children.values()].reverse()) await stopChild(child);
      children.clear();
    },
  };
}

/** Rejects unless `url` answers 200. */
export async function checkAnswers(url: string): Promise<void> {
  const { statusCode, body } = await request(url);
  await body.dump();
  if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`);
}

export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port');
  return address.port;
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  child.kill('SIGCONT');
  const escalation = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
  await closed;
  clearTimeout(escalation);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function succeeds(check: () => Promise<void>): Promise<boolean> {
  return check().then(
    () => true,
    () => false,
  );
}
