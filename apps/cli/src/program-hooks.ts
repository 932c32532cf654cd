import { type Command, Option } from 'commander';
import { parseHttpUrl, parsePair } from './read-options.ts';
import { parseAssignment } from './samples/set-value.ts';
import { act } from './session.ts';
import { parseCount } from './times.ts';

/** Commands on hooks and signatures. */
export function addHookCommands(program: Command): void {
  const hooks = program.command('hooks').description('create, show, change and try hooks');
  addReaders(hooks);
  addCreation(hooks);
  addChanges(hooks);
  addTrials(hooks);
  addFiles(hooks);
  addRender(program);
  addSignatures(program);
}

function addReaders(hooks: Command): void {
  hooks
    .command('list', { isDefault: true })
    .description('list hooks')
    .option('--tags <tags>', "'a,b': only hooks with both tags; 'a/b': with either")
    .action(act(async () => (await import('./hooks/hooks.ts')).listHooks));
  hooks
    .command('get')
    .description('show all fields of a hook')
    .argument('<hook>', 'id or name of the hook')
    .action(act(async () => (await import('./hooks/hooks.ts')).getHook));
  hooks
    .command('status')
    .description("show a hook's circuit breaker, and how many deliveries wait for it")
    .argument('<hook>', 'id or name of the hook')
    .action(act(async () => (await import('./hooks/hooks.ts')).showHookStatus));
}

function addCreation(hooks: Command): void {
  hooks
    .command('create')
    .description('create a hook from options, or from a template for a known receiver')
    .requiredOption('--source <source>', 'source to subscribe to')
    .option('--event <event>', 'event to subscribe to (default: every event of the source)')
    .option('--name <name>', 'name by which commands find it')
    .addOption(
      new Option('--handler <handler>', 'webhook, webhook-custom, log or lambda (default: webhook)').conflicts(
        'template',
      ),
    )
    .option('--template <template>', 'start from a template, such as slack; "hooks templates" lists them')
    .option('--with <name=value>', 'give a value that the template asks for (may be repeated)', parsePair)
    .option('--to <url>', 'address of the receiver', parseHttpUrl)
    .option('--secret <secret>', 'secret that signs the deliveries')
    .option(
      '--set <path=value>',
      'set any field, as in snooze=60 or config.method=PUT (may be repeated)',
      parseAssignment,
    )
    .addHelpText(
      'after',
      `
Examples:
  eventhooks hooks create --source crud --event consumers --to https://example.com/in --secret s3cret
  eventhooks hooks create --source eventhooks --template slack --with url=https://hooks.slack.com/services/…`,
    )
    .action(act(async () => (await import('./hooks/create-hook.ts')).createHook));
  hooks
    .command('templates')
    .description('list the templates for known receivers')
    .action(act(async () => (await import('./hooks/create-hook.ts')).listTemplates));
}

function addChanges(hooks: Command): void {
  hooks
    .command('enable')
    .description('let hooks hear events again')
    .argument('<hooks...>', 'ids or names of hooks')
    .action(act(async () => (await import('./hooks/hooks.ts')).enableHooks));
  hooks
    .command('disable')
    .description('let hooks hear nothing more, and cancel their waiting deliveries')
    .argument('<hooks...>', 'ids or names of hooks')
    .action(act(async () => (await import('./hooks/hooks.ts')).disableHooks));
  hooks
    .command('pause')
    .description('let what hooks fire for wait')
    .argument('<hooks...>', 'ids or names of hooks')
    .action(act(async () => (await import('./hooks/pause.ts')).pauseHooks));
  hooks
    .command('resume')
    .description('let go out what waited while hooks were paused')
    .argument('<hooks...>', 'ids or names of hooks')
    .action(act(async () => (await import('./hooks/pause.ts')).resumeHooks));
  hooks
    .command('rotate-secret')
    .description('give a webhook a new secret and print it')
    .argument('<hook>', 'id or name of the hook')
    .option('--grace-period <duration>', 'how long the old secret signs as well (default: 24h)')
    .option('--secret <secret>', 'the new secret (default: a random one)')
    .action(act(async () => (await import('./hooks/hooks.ts')).rotateSecret));
  hooks
    .command('delete')
    .description('delete hooks; their waiting deliveries are cancelled')
    .argument('<hooks...>', 'ids or names of hooks')
    .action(act(async () => (await import('./hooks/hooks.ts')).deleteHooks));
}

function addTrials(hooks: Command): void {
  hooks
    .command('ping')
    .description('send a ping to the receiver of a webhook')
    .argument('<hook>', 'id or name of the hook')
    .action(act(async () => (await import('./hooks/try-hook.ts')).pingHook));
  addData(
    hooks
      .command('test')
      .description('run a hook at once with sample data, and show its result; exits with 1 if it fails')
      .argument('<hook>', 'id or name of the hook'),
  ).action(act(async () => (await import('./hooks/try-hook.ts')).testHook));
}

function addFiles(hooks: Command): void {
  addDeclaration(
    hooks
      .command('apply')
      .description('make the hooks, sources and inbound endpoints on the server as files declare them'),
  )
    .option('--dry-run', 'show what would change and change nothing')
    .action(act(async () => (await import('./hooks/apply.ts')).applyHooks));
  addDeclaration(
    hooks.command('diff').description('show what apply would change; exits with 1 if anything would'),
  ).action(act(async () => (await import('./hooks/apply.ts')).diffHooks));
  hooks
    .command('export')
    .description(
      'print hooks and inbound endpoints as a YAML file that apply takes, with variables in place of secrets',
    )
    .argument('[hooks...]', 'ids or names of hooks (default: all, and all inbound endpoints)')
    .option('--tags <tags>', "'a,b': only hooks with both tags; 'a/b': with either")
    .option('--with-secrets', 'write the secrets themselves')
    .action(act(async () => (await import('./hooks/export-hooks.ts')).exportHooks));
}

function addDeclaration(command: Command): Command {
  return command
    .requiredOption('-f, --file <paths...>', 'YAML or JSON files, or directories of them')
    .option('--prune <tag>', 'delete the hooks and inbound endpoints with this tag that no file declares');
}

function addRender(program: Command): void {
  addData(
    program
      .command('render')
      .description('show the request that a webhook would send; nothing is sent')
      .argument('[hook]', 'id or name of the hook')
      .option('-f, --file <path>', 'take the hook from this file instead of the server'),
  ).action(act(async () => (await import('./render.ts')).renderHook));
}

/** The data of an event for a trial. */
function addData(command: Command): Command {
  return command
    .option('--event <event>', 'name of the event, for a hook that hears every event of its source')
    .option('--data <json>', 'data of the event: JSON, @file, or @- for standard input (default: sample data)')
    .option('--set <path=value>', 'set a field of the data, as in a.b[0]=c (may be repeated)', parseAssignment);
}

function addSignatures(program: Command): void {
  const algorithm = () =>
    new Option('--algorithm <name>', 'algorithm of x-kong-signature').choices(['sha1', 'sha256']).default('sha1');
  program
    .command('sign')
    .description('print the headers with which Eventhooks signs a body')
    .argument('[file]', 'file with the body (default: standard input)', '-')
    .requiredOption('--secret <secret>', 'secret of the hook')
    .option('--id <id>', 'value of webhook-id (default: a random one)')
    .option('--timestamp <seconds>', 'value of webhook-timestamp, in epoch seconds (default: now)', parseCount())
    .addOption(algorithm())
    .action(act(async () => (await import('./signatures.ts')).signBody));
  program
    .command('verify')
    .description('check the signature of a body; exits with 1 if it is wrong')
    .argument('[file]', 'file with the body (default: standard input)', '-')
    .requiredOption('--secret <secret>', 'secret of the hook')
    .requiredOption('-H, --header <lines...>', "headers of the request, as 'name: value'")
    .option('--tolerance <seconds>', 'how far the timestamp may be from now', parseCount(), 300)
    .addOption(algorithm())
    .action(act(async () => (await import('./signatures.ts')).verifyBody));
}
