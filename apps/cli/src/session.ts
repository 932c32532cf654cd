import type { Command } from 'commander';
import { Api } from './api.ts';
import { createOutput, type Output } from './output.ts';
import { chooseTarget } from './profiles/choose-target.ts';

export interface Session {
  api: Api;
  output: Output;
}

interface GlobalOptions {
  url?: string;
  token?: string;
  workspace?: string;
  profile?: string;
  json?: boolean;
}

/** The work of a command, with its options, those for every command included, and its operands. */
export type Action<O> = (session: Session, options: O, operands: string[]) => Promise<void>;

/** An action for commander. Its module is loaded when it runs; it gets the session that the global options describe. */
export function act<O>(load: () => Promise<Action<O>>): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const action = await load();
    await action(openSession(command), command.opts() as O, command.args);
  };
}

/** The same for a command that makes or changes profiles: the one that is named need not exist. It also gets the global options. */
export function actLocally<O>(load: () => Promise<Action<O>>): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const action = await load();
    const options = command.optsWithGlobals();
    const api = new Api({ url: 'http://127.0.0.1:8001', token: null, workspace: null });
    await action({ api, output: createOutput(options.json === true) }, options as O, command.args);
  };
}

export function openSession(command: Command): Session {
  const { json = false, ...given }: GlobalOptions = command.optsWithGlobals();
  const fromEnvironment = new Set(
    Object.keys(given).filter((name) => command.getOptionValueSourceWithGlobals(name) === 'env'),
  );
  return { api: new Api(chooseTarget({ ...given, fromEnvironment })), output: createOutput(json) };
}
