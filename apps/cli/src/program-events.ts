import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseAssignment } from './samples/set-value.ts';
import { act } from './session.ts';
import { parseCount, parseTime } from './times.ts';

const STATUSES = ['waiting', 'succeeded', 'exhausted', 'suppressed', 'cancelled'];

/** The commands listen, trigger, events, deliveries, replay and replays. */
export function addEventCommands(program: Command): void {
  addListen(program);
  addTrigger(program);
  addEvents(program);
  addDeliveries(program);
  addReplays(program);
}

function addListen(program: Command): void {
  program
    .command('listen')
    .description('receive deliveries on this machine, by a hook that is removed at the end')
    .argument('[source]', 'of these events (default: all sources)')
    .argument('[event]', 'this event only')
    .option('--forward-to <url>', 'send each delivery on, signature and all, and answer with its answer', parseHttpUrl)
    .option('--port <port>', 'listen on this port (default: a free one)', parseCount(), 0)
    .option('--public-url <url>', 'the address under which the server reaches this listener', parseHttpUrl)
    .option('--secret <secret>', 'sign with this secret (default: a random one)')
    .option('--status <status>', 'answer with this status, to see what failures do', parseCount(100), 200)
    .option('--count <n>', 'end after this many deliveries', parseCount(1))
    .action(act(async () => (await import('./listen/listen.ts')).listen));
}

function addTrigger(program: Command): void {
  program
    .command('trigger')
    .description('publish an event with sample data, and show what became of it')
    .argument('<source>')
    .argument('<event>')
    .option('--set <path=value>', 'change a field of the data: a.b[0]=c (repeatable)', parseAssignment)
    .option('--data <json>', 'the whole data: JSON, @file or @- for standard input')
    .option('--edit', 'edit the data in $EDITOR first')
    .option('--id <id>', "the publisher's id: the same source and id again is no second event")
    .option('--count <n>', 'publish this many, 1,000 at most', parseCount(1), 1)
    .option('--dry-run', 'show the event and publish nothing')
    .option('--no-wait', 'do not wait for deliveries')
    .action(act(async () => (await import('./trigger.ts')).trigger));
}

function addEvents(program: Command): void {
  const events = program.command('events').description('what was published');
  addTimes(
    events
      .command('list', { isDefault: true })
      .description('events, newest first')
      .option('--source <source>')
      .option('--event <event>')
      .option('--limit <n>', 'this many at most', parseCount(1), 50),
  ).action(act(async () => (await import('./events.ts')).listEvents));
  events
    .command('get')
    .description('an event, and what each hook made of it')
    .argument('<id>')
    .action(act(async () => (await import('./events.ts')).getEvent));
  events
    .command('publish')
    .description('publish NDJSON: one {"source","event","data"[,"id"]} per line')
    .argument('[file]', 'default: standard input', '-')
    .option('--batch <n>', 'events per request at most', parseCount(1), 500)
    .action(act(async () => (await import('./events.ts')).publishFile));
}

function addDeliveries(program: Command): void {
  const deliveries = program.command('deliveries').description('deliveries of events to hooks');
  addFilter(deliveries.command('list', { isDefault: true }).description('deliveries, newest first'))
    .option('--limit <n>', 'this many at most', parseCount(1), 50)
    .action(act(async () => (await import('./deliveries.ts')).listDeliveries));
  addFilter(deliveries.command('tail').description('deliveries as they come and change'))
    .option('--count <n>', 'end after this many lines', parseCount(1))
    .action(act(async () => (await import('./deliveries.ts')).tailDeliveries));
  deliveries
    .command('get')
    .description('a delivery with its attempts: requests, answers, errors')
    .argument('<id>')
    .action(act(async () => (await import('./deliveries.ts')).getDelivery));
  addFilter(
    deliveries.command('retry').description('make deliveries due at once: those named, or all that the filter finds'),
  )
    .argument('[ids...]')
    .action(act(async () => (await import('./deliveries.ts')).retryDeliveries));
}

function addReplays(program: Command): void {
  program
    .command('replay')
    .description("deliver a hook's past deliveries again")
    .argument('<hook>', 'its id or name')
    .requiredOption('--since <time>', "from then: '15m' or '2h' ago, RFC 3339, or epoch seconds", parseTime)
    .option('--until <time>', 'until then', parseTime)
    .addOption(new Option('--status <status...>', 'only those that ended so').choices(STATUSES))
    .option('--detach', 'do not wait for its end')
    .action(act(async () => (await import('./replay.ts')).replayHook));
  const replays = program.command('replays').description('replays and their progress');
  replays.command('list', { isDefault: true }).action(act(async () => (await import('./replay.ts')).listReplays));
  replays
    .command('cancel')
    .argument('<id>')
    .action(act(async () => (await import('./replay.ts')).cancelReplay));
}

function addFilter(command: Command): Command {
  return addTimes(
    command
      .option('--hook <hook>', 'of this hook: its id or name')
      .addOption(new Option('--status <status>').choices(STATUSES))
      .option('--source <source>')
      .option('--event <event>')
      .option('--event-id <id>', 'of this event')
      .option('--error-code <code>', 'whose last attempt failed so'),
  );
}

function addTimes(command: Command): Command {
  return command
    .option('--since <time>', "not older: '15m' or '2h' ago, RFC 3339, or epoch seconds", parseTime)
    .option('--until <time>', 'older', parseTime);
}

function parseHttpUrl(text: string): string {
  if (/^https?:/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw new InvalidArgumentError('expected an http or https URL');
}
