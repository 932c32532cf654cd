import type { Command } from 'commander';
import { Api } from './api.ts';
import { createOutput, type Output } from './output.ts';

export interface Session {
  api: Api;
  output: Output;
}

interface GlobalOptions {
  url?: string;
  token?: string;
  workspace?: string;
  json?: boolean;
}

/** The work of a command, with its own options and its operands. */
export type Action<O> = (session: Session, options: O, operands: string[]) => Promise<void>;

/** An action for commander. Its module is loaded when it runs; it gets the session that the global options describe. */
export function act<O>(load: () => Promise<Action<O>>): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const action = await load();
    await action(openSession(command), command.opts() as O, command.args);
  };
}

export function openSession(command: Command): Session {
  const { url, token, workspace, json = false }: GlobalOptions = command.optsWithGlobals();
  const { EVENTHOOKS_ADMIN_PORT: port, EVENTHOOKS_ADMIN_TOKEN: adminToken } = process.env;
  return {
    api: new Api({
      url: url ?? `http://127.0.0.1:${port || '8001'}`,
      token: token || adminToken || null,
      workspace: workspace || null,
    }),
    output: createOutput(json),
  };
}
