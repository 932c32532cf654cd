import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { childEnvironment, currentTestRun } from '../../../../tests/support/test-run.ts';

const binary = fileURLToPath(new URL('../../bin/eventhooks.mjs', import.meta.url));

export interface CommandEnd {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningCommand {
  pid: number;
  stdout(): string;
  stderr(): string;
  /** Types into its standard input, if that was left open. */
  write(text: string): void;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<CommandEnd>;
}

export interface CommandOptions {
  env?: Record<string, string>;
  /** Its whole standard input; null leaves it open for `write`. */
  input?: string | null;
}

/** Starts the command as a shell would, with no other environment than `env`. */
export function startCommand(args: readonly string[], { env = {}, input }: CommandOptions = {}): RunningCommand {
  const child = spawn(process.execPath, [binary, ...args], {
    env: { ...childEnvironment(currentTestRun().dir), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  // The command may end before it has read its input.
  child.stdin.on('error', () => undefined);
  if (input !== null) child.stdin.end(input ?? '');
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    write: (text) => void child.stdin.write(text),
    kill: (signal) => void child.kill(signal),
    ended: once(child, 'close').then(([code]) => ({ code, stdout, stderr })),
  };
}

export function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<CommandEnd> {
  return startCommand(args, options).ended;
}
