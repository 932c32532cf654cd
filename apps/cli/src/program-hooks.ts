import { type Command, Option } from 'commander';
import { parseAssignment } from './samples/set-value.ts';
import { act } from './session.ts';
import { parseCount } from './times.ts';

/** Commands on hooks and signatures. */
export function addHookCommands(program: Command): void {
  addHooks(program);
  addRender(program);
  addSignatures(program);
}

function addHooks(program: Command): void {
  const hooks = program.command('hooks').description('who hears of events');
  hooks
    .command('list', { isDefault: true })
    .option('--tags <tags>', "'a,b': hooks with both; 'a/b': with either")
    .action(act(async () => (await import('./hooks/hooks.ts')).listHooks));
  hooks
    .command('get')
    .argument('<hook>', 'its id or name')
    .action(act(async () => (await import('./hooks/hooks.ts')).getHook));
  addDeclaration(hooks.command('apply').description('bring the server to what files declare'))
    .option('--dry-run', 'show what would be done and do nothing')
    .action(act(async () => (await import('./hooks/apply.ts')).applyHooks));
  addDeclaration(
    hooks.command('diff').description('show what apply would change; exits with 1 where it is anything'),
  ).action(act(async () => (await import('./hooks/apply.ts')).diffHooks));
  hooks
    .command('status')
    .description('whether its endpoint is left alone, and what waits for it')
    .argument('<hook>', 'its id or name')
    .action(act(async () => (await import('./hooks/hooks.ts')).showHookStatus));
  hooks
    .command('rotate-secret')
    .description('give a webhook a new secret and print it')
    .argument('<hook>', 'its id or name')
    .option('--grace-period <duration>', 'for so long the old one signs as well (default: 24h)')
    .option('--secret <secret>', 'the new one (default: a random one)')
    .action(act(async () => (await import('./hooks/hooks.ts')).rotateSecret));
  hooks
    .command('delete')
    .argument('<hooks...>', 'ids or names')
    .action(act(async () => (await import('./hooks/hooks.ts')).deleteHooks));
}

function addDeclaration(command: Command): Command {
  return command
    .requiredOption('-f, --file <paths...>', 'YAML or JSON files, or directories of them')
    .option('--prune <tag>', 'delete the hooks with this tag that no file declares');
}

function addRender(program: Command): void {
  program
    .command('render')
    .description('show what a webhook would send; nothing is sent')
    .argument('[hook]', 'its id or name')
    .option('-f, --file <path>', 'a hook of this file instead of a stored one')
    .option('--event <event>', 'of a hook that hears every event of its source')
    .option('--data <json>', "the event's data: JSON, @file or @- (default: sample data)")
    .option('--set <path=value>', 'change a field of the data (repeatable)', parseAssignment)
    .action(act(async () => (await import('./render.ts')).renderHook));
}

function addSignatures(program: Command): void {
  const algorithm = () =>
    new Option('--algorithm <name>', 'of x-kong-signature').choices(['sha1', 'sha256']).default('sha1');
  program
    .command('sign')
    .description('print the headers with which Eventhooks signs a body')
    .argument('[file]', 'the body (default: standard input)', '-')
    .requiredOption('--secret <secret>')
    .option('--id <id>', 'webhook-id (default: a random one)')
    .option('--timestamp <seconds>', 'webhook-timestamp (default: now)', parseCount())
    .addOption(algorithm())
    .action(act(async () => (await import('./signatures.ts')).signBody));
  program
    .command('verify')
    .description('check the signature of a body; exits with 1 where it does not fit')
    .argument('[file]', 'the body (default: standard input)', '-')
    .requiredOption('--secret <secret>')
    .requiredOption('-H, --header <lines...>', "the request's headers: 'name: value'")
    .option('--tolerance <seconds>', 'how far the timestamp may be from now', parseCount(), 300)
    .addOption(algorithm())
    .action(act(async () => (await import('./signatures.ts')).verifyBody));
}
