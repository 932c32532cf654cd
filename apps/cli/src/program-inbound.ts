import type { Command } from 'commander';
import { rateLimitOption } from './rate-limit.ts';
import { parseHeader } from './read-options.ts';
import { parseAssignment } from './samples/set-value.ts';
import { act } from './session.ts';

/** Commands on endpoints that take the webhooks of other senders. */
export function addInboundCommands(program: Command): void {
  const inbound = program.command('inbound').description('take webhooks of other senders as events');
  addReaders(inbound);
  addCreation(inbound);
  addChanges(inbound);
  addTrial(inbound);
}

function addReaders(inbound: Command): void {
  inbound
    .command('list', { isDefault: true })
    .description('list inbound endpoints with their addresses')
    .action(act(async () => (await import('./inbound/list-inbound.ts')).listInbound));
  inbound
    .command('show')
    .description("show all fields of an endpoint, and the steps on the sender's side")
    .argument('<endpoint>', 'name of the endpoint')
    .action(act(async () => (await import('./inbound/list-inbound.ts')).showInbound));
  inbound
    .command('rejections')
    .description('list the last requests that an endpoint refused, and why')
    .argument('<endpoint>', 'name of the endpoint')
    .action(act(async () => (await import('./inbound/list-inbound.ts')).listRejections));
  inbound
    .command('presets')
    .description('list the senders that are known, or show the steps, samples and events of one')
    .argument('[preset]', 'name of the preset, such as github')
    .action(act(async () => (await import('./inbound/list-inbound.ts')).listPresets));
}

function addCreation(inbound: Command): void {
  addFields(
    inbound
      .command('create')
      .description("create an endpoint for a known sender, and print its address and the steps on the sender's side")
      .argument('<preset>', 'the sender, such as github; "inbound presets" lists them')
      .option('--name <name>', 'name of the endpoint, the last part of its address (default: that of the preset)')
      .option(
        '--secret <secrets...>',
        'what the sender signs with; several while they change (default: a random one, where the sender does not make it)',
      ),
  )
    .addHelpText(
      'after',
      `
Examples:
  eventhooks inbound create github --secret "a long random text"
  eventhooks inbound create generic --name shop --set verify.header=x-shop-signature --set "map.event=body.kind"`,
    )
    .action(act(async () => (await import('./inbound/change-inbound.ts')).createInbound));
}

function addChanges(inbound: Command): void {
  addFields(
    inbound
      .command('update')
      .description('change an endpoint')
      .argument('<endpoint>', 'name of the endpoint')
      .option('--secret <secrets...>', 'the secrets from now on')
      .option('--add-secret <secret>', 'a new secret beside the present ones, while the sender changes over'),
  ).action(act(async () => (await import('./inbound/change-inbound.ts')).updateInbound));
  inbound
    .command('enable')
    .description('let endpoints take requests again')
    .argument('<endpoints...>', 'names of endpoints')
    .action(act(async () => (await import('./inbound/change-inbound.ts')).enableInbound));
  inbound
    .command('disable')
    .description('let endpoints answer 404')
    .argument('<endpoints...>', 'names of endpoints')
    .action(act(async () => (await import('./inbound/change-inbound.ts')).disableInbound));
  inbound
    .command('delete')
    .description('delete endpoints; the events that they added stay in the catalogue')
    .argument('<endpoints...>', 'names of endpoints')
    .action(act(async () => (await import('./inbound/change-inbound.ts')).deleteInbound));
}

function addFields(command: Command): Command {
  return command
    .addOption(rateLimitOption())
    .option('--tags <tags...>', 'labels for people and for "hooks apply --prune"')
    .option(
      '--set <path=value>',
      'set any field, as in map.event=body.kind or verify.tolerance=60 (may be repeated)',
      parseAssignment,
    );
}

function addTrial(inbound: Command): void {
  inbound
    .command('test')
    .description('sign a sample as the sender would, and send it; exits with 1 if it is refused')
    .argument('<endpoint>', 'name of the endpoint')
    .option('--sample <name>', 'sample of the preset, such as push (default: the first)')
    .option('--data <json>', 'another body: JSON, @file, or @- for standard input')
    .option('--set <path=value>', 'set a field of the body, as in a.b[0]=c (may be repeated)', parseAssignment)
    .option('--header <name: value>', 'send this header as well, or instead (may be repeated)', parseHeader)
    .action(act(async () => (await import('./inbound/test-inbound.ts')).testInbound));
}
