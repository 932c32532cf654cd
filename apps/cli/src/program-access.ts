import { type Command, Option } from 'commander';
import { rateLimitOption } from './rate-limit.ts';
import { act, actLocally } from './session.ts';
import { parseCount } from './times.ts';

const ENTITIES = ['deliveries', 'event_hooks', 'inbound_endpoints', 'replays', 'sources', 'tokens', 'workspaces'];

/** Commands on who may do what, and where: login, profiles, tokens, workspaces, audit. */
export function addAccessCommands(program: Command): void {
  addProfiles(program);
  addTokens(program);
  addWorkspaces(program);
  program
    .command('audit')
    .description('list who changed what, newest first')
    .addOption(new Option('--entity <entity>', 'only changes of this kind of entity').choices(ENTITIES))
    .option('--entity-id <id>', 'only changes of the entity with this id')
    .option('--limit <n>', 'list at most this many', parseCount(1), 50)
    .action(act(async () => (await import('./audit.ts')).listAudit));
}

function addProfiles(program: Command): void {
  program
    .command('login')
    .description('check a server and a token, and save them as the profile that commands use from then on')
    .option('--token-stdin', 'read the token from standard input')
    .addHelpText('after', '\nWhat --url, --token, --workspace and --profile leave open is asked on a terminal.')
    .action(actLocally(async () => (await import('./profiles/profiles.ts')).login));
  program
    .command('logout')
    .description('forget a profile (default: the current one); its token stays valid on the server')
    .action(actLocally(async () => (await import('./profiles/profiles.ts')).logout));
  const profiles = program.command('profiles').description('list and choose the saved profiles');
  profiles
    .command('list', { isDefault: true })
    .description('list profiles, without their tokens')
    .action(actLocally(async () => (await import('./profiles/profiles.ts')).listProfiles));
  profiles
    .command('use')
    .description('choose the profile that commands use')
    .argument('<name>', 'name of the profile')
    .action(actLocally(async () => (await import('./profiles/profiles.ts')).selectProfile));
}

function addTokens(program: Command): void {
  const tokens = program.command('tokens').description('list, create and delete tokens for the Admin API');
  tokens
    .command('list', { isDefault: true })
    .description('list tokens, without their text')
    .action(act(async () => (await import('./tokens.ts')).listTokens));
  tokens
    .command('create')
    .description('create a token and print it; it is shown this once')
    .addOption(
      new Option('--role <role>', 'admin: everything; publisher: only publish; viewer: only read, without secrets')
        .choices(['admin', 'publisher', 'viewer'])
        .makeOptionMandatory(),
    )
    .option('--name <name>', 'name by which people know it')
    .option('--for <workspace>', 'the only workspace that it opens (default: all)')
    .option('--expires-in <duration>', "how long it is valid, such as '90d' or '12h' (default: for ever)")
    .addOption(rateLimitOption())
    .action(act(async () => (await import('./tokens.ts')).createToken));
  tokens
    .command('update')
    .description('change a token')
    .argument('<id>', 'id of the token')
    .option('--name <name>', 'name by which people know it')
    .addOption(rateLimitOption())
    .action(act(async () => (await import('./tokens.ts')).updateToken));
  tokens
    .command('delete')
    .description('delete tokens; they are refused from then on')
    .argument('<ids...>', 'ids of tokens')
    .action(act(async () => (await import('./tokens.ts')).deleteTokens));
}

function addWorkspaces(program: Command): void {
  const workspaces = program.command('workspaces').description('list, create, rename, change and delete workspaces');
  workspaces
    .command('list', { isDefault: true })
    .description('list workspaces')
    .action(act(async () => (await import('./workspaces.ts')).listWorkspaces));
  addWorkspaceFields(workspaces.command('create').description('create a workspace')).action(
    act(async () => (await import('./workspaces.ts')).createWorkspace),
  );
  addWorkspaceFields(workspaces.command('update').description('change a workspace'))
    .option('--no-open', 'refuse events that nobody registered')
    .action(act(async () => (await import('./workspaces.ts')).updateWorkspace));
  workspaces
    .command('delete')
    .description('delete workspaces that hold no hooks')
    .argument('<names...>', 'names of workspaces')
    .action(act(async () => (await import('./workspaces.ts')).deleteWorkspaces));
}

function addWorkspaceFields(command: Command): Command {
  return command
    .argument('<name>', 'name of the workspace')
    .option('--title <text>', "a label for people, up to 100 characters; '' removes it")
    .option('--comment <text>', 'a remark for people')
    .option('--open', 'add events that nobody registered as they are published, instead of refusing them')
    .addOption(rateLimitOption());
}
