import { type Command, Option } from 'commander';
import { act } from './session.ts';

/** Commands on the installation: tokens, doctor, types, completion. */
export function addInstallationCommands(program: Command): void {
  const tokens = program.command('tokens').description('who may call the Admin API');
  tokens.command('list', { isDefault: true }).action(act(async () => (await import('./tokens.ts')).listTokens));
  tokens
    .command('create')
    .addOption(new Option('--role <role>').choices(['admin', 'publisher', 'viewer']).makeOptionMandatory())
    .option('--name <name>')
    .option('--for <workspace>', 'opens this workspace only (default: all)')
    .option('--expires-in <duration>', "'90d', '12h' (default: never)")
    .action(act(async () => (await import('./tokens.ts')).createToken));
  tokens
    .command('delete')
    .argument('<ids...>')
    .action(act(async () => (await import('./tokens.ts')).deleteTokens));
  program
    .command('doctor')
    .description('look over the whole installation and say what to fix')
    .option('--worker-url <url>', "look at this worker's operations endpoints as well")
    .option('--read-only', 'make no hook and publish no event')
    .action(act(async () => (await import('./doctor/doctor.ts')).doctor));
  program
    .command('types')
    .description('print TypeScript types of the catalogue, for createPublisher<Events>')
    .option('--source <sources...>', 'of these sources (default: all)')
    .option('--name <name>', "the type's name", 'Events')
    .action(act(async () => (await import('./types/types.ts')).printTypes));
  program
    .command('completion')
    .description('print a completion script')
    .argument('<shell>', 'bash, zsh or fish')
    .action(act(async () => (await import('./completion.ts')).printCompletion));
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: string[]) => (await import('./completion.ts')).printCandidates(program, words));
}
