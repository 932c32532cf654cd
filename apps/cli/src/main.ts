import { CommanderError } from 'commander';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { buildProgram } from './program.ts';

/** Runs the command line, and sets the exit code. An expected failure is reported in one message, without a stack. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that has read enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.no),
  );
  try {
    await buildProgram().parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  // Commander has already reported the fault.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CommandFailure) {
    if (error.message !== '') process.stderr.write(`eventhooks: ${error.message}\n`);
    return error.exitCode;
  }
  process.stderr.write(`eventhooks: ${error instanceof Error ? error.stack : String(error)}\n`);
  return EXIT.no;
}
