import { measure } from './measure.ts';
import { readOptions } from './options.ts';
import { formatReport } from './report.ts';

const deadlineMs = 300_000;

/** Measures and reports; ends by itself after two minutes, and in order on Ctrl-C (at once on a second one). */
async function run(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (interrupted.signal.aborted) process.exit(130);
      interrupted.abort(new Error(`Stopped by ${name}`));
    });
  }
  const tooLong = setTimeout(
    () => interrupted.abort(new Error(`Not done within ${deadlineMs / 1_000} s`)),
    deadlineMs,
  ).unref();
  const measurement = await measure(options, interrupted.signal, (line) => console.error(line));
  clearTimeout(tooLong);
  console.log(
    options.json ? JSON.stringify({ ...options, ...measurement }) : `\n${formatReport(options, measurement)}`,
  );
}

await run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
