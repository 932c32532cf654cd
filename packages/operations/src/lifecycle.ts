/** A stop that takes longer is cut. Work under way is found again by its lease. */
const stopDeadlineMs = 10_000;
/** Ctrl-C comes from the terminal, and again through npm, which passes signals on. Within this time they count as one. */
const sameSignalMs = 1_000;

/**
 * Runs a process: starts it, and stops it on SIGTERM or SIGINT; a second signal a moment later ends it at once. A signal
 * during the start ends the process at once: a later start finds everything again that this one had begun.
 * A failed start prints one message to standard error and exits with code 1.
 *
 * @param start resolves with the function that stops everything, once all of it runs.
 */
export async function runUntilSignal(start: () => Promise<() => Promise<void>>): Promise<void> {
  const signalled = new Promise<void>((resolve) => {
    let seenAt = 0;
    const onSignal = (): void => {
      const now = performance.now();
      if (seenAt > 0 && now - seenAt > sameSignalMs) process.exit(130);
      if (seenAt === 0) seenAt = now;
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
  try {
    const stop = await Promise.race([start(), signalled]);
    if (stop === undefined) process.exit(0);
    await signalled;
    setTimeout(() => process.exit(1), stopDeadlineMs).unref();
    await stop();
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    process.exit(1);
  }
}

/** Runs a command to its end. Errors are reported like those of a start. */
export async function runToEnd(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    process.exitCode = 1;
  }
}

/** An error that a person can act on says enough without its stack. Any other is a bug, and the stack helps. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const expected = error.name !== 'Error' && !/^(Type|Range|Reference|Syntax)Error$/.test(error.name);
  return expected || 'code' in error ? error.message : (error.stack ?? error.message);
}
