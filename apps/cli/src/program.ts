import { Command, Option } from 'commander';
import { addEventCommands } from './program-events.ts';
import { addHookCommands } from './program-hooks.ts';
import { addInstallationCommands } from './program-installation.ts';

/** The command line: every command with its operands and options. A command's code is loaded when it runs. */
export function buildProgram(): Command {
  const program = new Command('eventhooks')
    .description('Work with an Eventhooks server from the terminal.')
    .addOption(new Option('--url <url>', 'the Admin API (default: http://127.0.0.1:8001)').env('EVENTHOOKS_URL'))
    .addOption(new Option('--token <token>', 'a token of the Admin API').env('EVENTHOOKS_TOKEN'))
    .addOption(new Option('--workspace <name>', 'the workspace (default: default)').env('EVENTHOOKS_WORKSPACE'))
    .option('--json', 'print results as JSON')
    .exitOverride()
    .showHelpAfterError('(--help says more)')
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 the server refused, 4 the server did not answer.

A first delivery:
  eventhooks listen crud consumers        in one terminal
  eventhooks trigger crud consumers       in another`,
    );
  addEventCommands(program);
  addHookCommands(program);
  addInstallationCommands(program);
  return program;
}
