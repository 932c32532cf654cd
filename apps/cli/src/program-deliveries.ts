import type { DeliveryStatus } from '@eventhooks/contract';
import { type Command, Option } from 'commander';
import { addSearch, addTimes } from './read-options.ts';
import { act } from './session.ts';
import { parseCount, parseTime } from './times.ts';

const STATUSES = [
  'waiting',
  'succeeded',
  'exhausted',
  'suppressed',
  'cancelled',
] as const satisfies readonly DeliveryStatus[];

/** The commands deliveries, replay and replays. */
export function addDeliveryCommands(program: Command): void {
  const deliveries = program.command('deliveries').description('find, show, retry, cancel and export deliveries');
  addFilter(deliveries.command('list', { isDefault: true }).description('list deliveries, newest first'))
    .option('--limit <n>', 'list at most this many', parseCount(1), 50)
    .action(act(async () => (await import('./deliveries/list-deliveries.ts')).listDeliveries));
  addFilter(deliveries.command('tail').description('print deliveries as they are made and change'))
    .option('--count <n>', 'end after this many lines', parseCount(1))
    .option('--interactive', 'number the lines, and resend the delivery whose number is typed (default: on a terminal)')
    .option('--no-interactive', 'do not read from the terminal')
    .action(act(async () => (await import('./deliveries/tail-deliveries.ts')).tailDeliveries));
  deliveries
    .command('get')
    .description('show a delivery with its attempts: requests, responses, errors')
    .argument('<id>', 'id of the delivery')
    .option('--curl', 'print the last request as a curl command')
    .action(act(async () => (await import('./deliveries/show-delivery.ts')).getDelivery));
  addBulk(
    deliveries.command('retry').description('make deliveries due at once, those named or those that the options find'),
  ).action(act(async () => (await import('./deliveries/in-bulk.ts')).retryDeliveries));
  addBulk(
    deliveries.command('cancel').description('cancel waiting deliveries, those named or those that the options find'),
  ).action(act(async () => (await import('./deliveries/in-bulk.ts')).cancelDeliveries));
  addFilter(deliveries.command('export').description('write deliveries as NDJSON, one per line'))
    .option('--output <file>', 'write to this file (default: standard output)')
    .action(act(async () => (await import('./deliveries/export-deliveries.ts')).exportDeliveries));
  addReplays(program);
}

/** A command on the deliveries that are named, or on all that the filter finds. */
function addBulk(command: Command): Command {
  return addFilter(command)
    .argument('[ids...]', 'ids of deliveries (default: all that the options find)')
    .option('--dry-run', 'only count the deliveries')
    .option('--yes', 'do not ask before deliveries are changed');
}

function addReplays(program: Command): void {
  program
    .command('replay')
    .description("deliver a hook's past deliveries again")
    .argument('<hook>', 'id or name of the hook')
    .requiredOption(
      '--since <time>',
      "published from this time on: '15m' or '2h' ago, RFC 3339, or epoch seconds",
      parseTime,
    )
    .option('--until <time>', 'published before this time (default: now)', parseTime)
    .addOption(
      new Option(
        '--status <status...>',
        'only deliveries of these statuses (default: exhausted and cancelled)',
      ).choices(STATUSES),
    )
    .addOption(
      new Option('--of <what>', 'events: what the hook missed and would hear of now (default: deliveries)')
        .choices(['deliveries', 'events'])
        .conflicts('status'),
    )
    .option('--detach', 'do not wait for the end of the replay')
    .action(act(async () => (await import('./replay.ts')).replayHook));
  const replays = program.command('replays').description('list and cancel replays');
  replays
    .command('list', { isDefault: true })
    .description('list replays and their progress')
    .action(act(async () => (await import('./replay.ts')).listReplays));
  replays
    .command('cancel')
    .description('stop a replay; deliveries that it has begun are still made')
    .argument('<id>', 'id of the replay')
    .action(act(async () => (await import('./replay.ts')).cancelReplay));
}

function addFilter(command: Command): Command {
  return addTimes(
    addSearch(command)
      .option('--hook <hook>', 'only deliveries to this hook, by id or name')
      .addOption(new Option('--status <status>', 'only deliveries of this status').choices(STATUSES))
      .option('--source <source>', 'only deliveries of events of this source')
      .option('--event <event>', 'only deliveries of events of this name')
      .option('--event-id <id>', 'only deliveries of the event with this id')
      .option('--error-code <code>', 'only deliveries whose last attempt failed with this code'),
  );
}
