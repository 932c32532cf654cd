import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { publishTestRun } from './test-run.ts';

export interface LongRunOptions {
  seed: number;
  minutes: number;
  short: boolean;
  /** The run's own flags that were given. */
  flags: ReadonlySet<string>;
}

/** Reads the options of a run of faults or of generated requests. Prints the usage and exits when they are wrong or help is asked for. */
export function readLongRunOptions(
  usage: string,
  { defaultMinutes, flags }: { defaultMinutes: number; flags: readonly string[] },
): LongRunOptions {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: String(defaultMinutes) },
      short: { type: 'boolean', default: false },
      ...Object.fromEntries(flags.map((name) => [name, { type: 'boolean' } as const])),
      help: { type: 'boolean', default: false },
    },
  });
  const seed = Number(values.seed);
  const minutes = Number(values.minutes);
  if (values.help || !Number.isSafeInteger(seed) || !(minutes > 0)) {
    console.log(usage);
    process.exit(values.help ? 0 : 2);
  }
  const given = new Map<string, unknown>(Object.entries(values));
  return {
    seed,
    minutes,
    short: values.short === true,
    flags: new Set(flags.filter((name) => given.get(name) === true)),
  };
}

/** Makes the directory of a run without Jest. Child processes find it as they find that of Jest's global set-up. */
export async function openRunDirectory(name: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), `eventhooks-${name}-`));
  // PostgreSQL may run as another user, who must be able to reach it.
  await chmod(dir, 0o755);
  publishTestRun({ dir, postgresUrl: '', poolerUrl: null, redisUrl: '' });
  return dir;
}

/** How many events a test takes: few in the suite, and `LONG_RUN_EVENTS` in a long run. */
export function countedEvents(short: number): number {
  const given = Number(process.env.LONG_RUN_EVENTS ?? short);
  if (!Number.isSafeInteger(given) || given < 1) throw new Error('LONG_RUN_EVENTS is a number of events');
  return given;
}
