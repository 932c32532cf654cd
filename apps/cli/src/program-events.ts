import { type Command, Option } from 'commander';
import { addSearch, addTimes, parseHttpUrl } from './read-options.ts';
import { parseAssignment } from './samples/set-value.ts';
import { act } from './session.ts';
import { parseCount } from './times.ts';

/** The commands listen, trigger, events and why. */
export function addEventCommands(program: Command): void {
  addListen(program);
  addTrigger(program);
  addEvents(program);
  addWhy(program);
}

function addWhy(program: Command): void {
  program
    .command('why')
    .description('show which hooks heard of an event, and why others did not')
    .argument('<event>', 'id of the event')
    .argument('[hook]', 'id or name of the one hook to ask about')
    .action(act(async () => (await import('./events/why.ts')).explainEvent));
}

function addListen(program: Command): void {
  program
    .command('listen')
    .description('receive deliveries on this machine through temporary hooks, which are removed at the end')
    .argument('[source]', 'source to listen to, or "source/event" (default: all sources)')
    .argument('[events...]', 'events of that source, or more of "source/event" and "source/*"')
    .option(
      '--forward-to <url>',
      'pass each delivery on, with its signature, and answer as this URL does',
      parseHttpUrl,
    )
    .option('--port <port>', 'port to listen on (default: a free one)', parseCount(), 0)
    .option('--public-url <url>', 'address at which the server reaches this listener', parseHttpUrl)
    .option('--secret <secret>', 'secret that signs the deliveries (default: a random one)')
    .option('--status <status>', 'status to answer with, for example 500 to see retries', parseCount(100), 200)
    .option('--count <n>', 'end after this many deliveries', parseCount(1))
    .addHelpText(
      'after',
      `
Examples:
  eventhooks listen                                everything
  eventhooks listen crud consumers routes          two events of one source
  eventhooks listen shop/order balancer/*          events of several sources`,
    )
    .action(act(async () => (await import('./listen/listen.ts')).listen));
}

function addTrigger(program: Command): void {
  program
    .command('trigger')
    .description('publish an event with sample data, and show its deliveries')
    .argument('<source>', 'source of the event')
    .argument('<event>', 'name of the event')
    .option('--set <path=value>', 'set a field of the data, as in a.b[0]=c (may be repeated)', parseAssignment)
    .option('--data <json>', 'use this data: JSON, @file, or @- for standard input')
    .option('--edit', 'edit the data in $EDITOR before it is published')
    .option('--id <id>', 'id of the event: a second one with the same source and id is not published')
    .option('--count <n>', 'publish this many events, at most 1,000', parseCount(1), 1)
    .option('--dry-run', 'print the event and publish nothing')
    .option('--no-wait', 'do not wait for the deliveries')
    .action(act(async () => (await import('./trigger.ts')).trigger));
}

function addEvents(program: Command): void {
  const events = program.command('events').description('list, show and publish events');
  addTimes(
    addSearch(events.command('list', { isDefault: true }).description('list events, newest first'))
      .option('--source <source>', 'only events of this source')
      .option('--event <event>', 'only events of this name')
      .option('--limit <n>', 'list at most this many', parseCount(1), 50),
  ).action(act(async () => (await import('./events/events.ts')).listEvents));
  events
    .command('get')
    .description('show an event and its deliveries')
    .argument('<id>', 'id of the event')
    .option('--curl', 'print the curl command that publishes it again')
    .action(act(async () => (await import('./events/events.ts')).getEvent));
  events
    .command('publish')
    .description('publish a file of events: one {"source","event","data"[,"id"]} per line')
    .argument('[file]', 'file to read (default: standard input)', '-')
    .option('--batch <n>', 'send at most this many events per request', parseCount(1), 500)
    .option('--no-check', 'publish while the input is read, without checking all of it first')
    .addOption(new Option('--resume <run>', 'go on with a run that ended half-way, and publish nothing twice'))
    .action(act(async () => (await import('./events/publish-file.ts')).publishFile));
}
