import { Argument, type Command, Option } from 'commander';
import { PAGES } from './dashboard-pages.ts';
import { parseHttpUrl } from './read-options.ts';
import { act } from './session.ts';

/** Commands on the catalogue and the installation: sources, types, open, doctor, archive, completion. */
export function addInstallationCommands(program: Command): void {
  addSources(program);
  program
    .command('types')
    .description('print the catalogue as TypeScript types, for createPublisher<Events>')
    .option('--source <sources...>', 'only these sources (default: all)')
    .option('--name <name>', 'name of the type', 'Events')
    .action(act(async () => (await import('./types/types.ts')).printTypes));
  program
    .command('open')
    .description('open a page of the dashboard in the browser')
    .argument('[page]', `${PAGES.join(', ')}; the id of a delivery, event or hook; or the name of a hook`)
    .option('--print', 'print the address and open nothing')
    .action(act(async () => (await import('./open-page.ts')).openPage));
  program
    .command('doctor')
    .description('check the whole installation, and say what to fix')
    .option('--worker-url <url>', 'also check the worker whose /readyz and /metrics are at this address', parseHttpUrl)
    .option('--read-only', 'try no delivery: make no hook and publish no event')
    .option('--capacity', 'show what was measured of disk, connections, vacuum and Redis, and nothing else')
    .action(act(async () => (await import('./doctor/doctor.ts')).doctor));
  addArchive(program);
  program
    .command('completion')
    .description('print a script that completes commands, options and names in a shell')
    .argument('<shell>', 'bash, zsh or fish')
    .action(act(async () => (await import('./completion.ts')).printCompletion));
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: string[]) => (await import('./completion.ts')).printCandidates(program, words));
}

function addArchive(program: Command): void {
  const archive = program.command('archive').description('read the days that were archived before they were dropped');
  const place = (): Option =>
    new Option('--archive <url>', 's3://bucket/prefix, or a directory').env('EVENTHOOKS_ARCHIVE');
  archive
    .command('ls', { isDefault: true })
    .description('list the days of the archive, or the files of one')
    .argument('[day]', 'a day (UTC), such as 2026-11-18')
    .addOption(place())
    .action(act(async () => (await import('./archive.ts')).listArchive));
  archive
    .command('cat')
    .description("print a day's records of the workspace as NDJSON")
    .argument('<day>', 'a day (UTC), such as 2026-11-18')
    .addArgument(new Argument('<kind>', 'the records').choices(['events', 'deliveries', 'attempts']))
    .addOption(place())
    .action(act(async () => (await import('./archive.ts')).printArchived));
}

function addSources(program: Command): void {
  const sources = program.command('sources').description('list, show and register sources and their events');
  sources
    .command('list', { isDefault: true })
    .description('list the events of the catalogue')
    .argument('[source]', 'only events of this source')
    .option('--own', 'only events that you registered')
    .action(act(async () => (await import('./sources.ts')).listSources));
  sources
    .command('get')
    .description('show an event of the catalogue with its schema')
    .argument('<source>', 'source of the event')
    .argument('<event>', 'name of the event')
    .action(act(async () => (await import('./sources.ts')).getSource));
  sources
    .command('set')
    .description('register an event of your own, or change the parts that are given')
    .argument('<source>', 'source of the event')
    .argument('<event>', 'name of the event')
    .option('--description <text>', 'what has happened when it is published')
    .option('--fields <names...>', 'names of its fields, for people and template editors')
    .option('--unique <names...>', 'fields by which snooze and on_change tell two events apart')
    .option('--schema <json>', 'JSON Schema that its data must meet: JSON, @file, or @- for standard input')
    .action(act(async () => (await import('./sources.ts')).setSource));
  sources
    .command('delete')
    .description('remove an event of your own that no hook uses')
    .argument('<source>', 'source of the event')
    .argument('<event>', 'name of the event')
    .action(act(async () => (await import('./sources.ts')).deleteSource));
}
