import { PRODUCT_VERSION } from '@eventhooks/contract/version';
import { Command, Option } from 'commander';
import { addAccessCommands } from './program-access.ts';
import { addDeliveryCommands } from './program-deliveries.ts';
import { addEventCommands } from './program-events.ts';
import { addHookCommands } from './program-hooks.ts';
import { addInboundCommands } from './program-inbound.ts';
import { addInstallationCommands } from './program-installation.ts';
import { parseHttpUrl } from './read-options.ts';

/** The command line: every command with its operands and options. A command's code is loaded when it runs. */
export function buildProgram(): Command {
  const program = new Command('eventhooks')
    .description('Work with an Eventhooks server from the terminal.')
    .version(PRODUCT_VERSION, '-V, --version', 'print the version of this command')
    .helpOption('-h, --help', 'print help on a command')
    .helpCommand('help [command]', 'print help on a command')
    .addOption(
      new Option('--url <url>', 'address of the Admin API (default: http://127.0.0.1:8001)')
        .env('EVENTHOOKS_URL')
        .argParser(parseHttpUrl),
    )
    .addOption(new Option('--token <token>', 'token for the Admin API').env('EVENTHOOKS_TOKEN'))
    .addOption(new Option('--workspace <name>', 'workspace to work in (default: default)').env('EVENTHOOKS_WORKSPACE'))
    .addOption(
      new Option('--profile <name>', 'use the server, token and workspace that "login" saved by this name').env(
        'EVENTHOOKS_PROFILE',
      ),
    )
    .option('--json', 'print results as JSON')
    .exitOverride()
    .showHelpAfterError('(--help shows all options)')
    .addHelpText(
      'after',
      `
Options of all commands, such as --url and --json, may also follow the command.

Exit codes: 0 done, 1 done and the answer is no, 2 wrong usage, 3 the server refused, 4 the server did not answer.

A first delivery:
  eventhooks listen crud consumers        in one terminal
  eventhooks trigger crud consumers       in another`,
    );
  addEventCommands(program);
  addDeliveryCommands(program);
  addHookCommands(program);
  addInboundCommands(program);
  addAccessCommands(program);
  addInstallationCommands(program);
  return program;
}
