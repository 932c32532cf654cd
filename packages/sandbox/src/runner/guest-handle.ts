import type ivm from 'isolated-vm';
import { GUEST_GLOBAL, type GuestCommand, REMOVED_GLOBALS } from '../guest/guest.ts';
import type { SandboxLimits } from '../limits.ts';
import type { WarmIsolate } from './warm-isolates.ts';

/** A guest in a context of its own. Arguments and results are texts and lists of texts, which cross as copies. */
export interface GuestHandle {
  check(sources: string): Promise<string>;
  load(request: string): Promise<string>;
  run(batch: string[] | null): Promise<string>;
  release(): void;
}

/** The text is longer than any that an intact guest returns. */
export class OversizedResult extends Error {}

/** The value of this script is the guest. Once it has run, nothing in the context leads to the guest. */
const takeGuestCode = `(() => {
  const guest = globalThis.${GUEST_GLOBAL};
  for (const name of ${JSON.stringify([GUEST_GLOBAL, ...REMOVED_GLOBALS])}) delete globalThis[name];
  return guest;
})()`;

export async function openGuest(
  warm: WarmIsolate,
  progress: SharedArrayBuffer,
  limits: SandboxLimits,
): Promise<GuestHandle> {
  const context = await warm.isolate.createContext();
  warm.takeGuest ??= await warm.isolate.compileScript(takeGuestCode);
  const guest: ivm.Reference = await warm.takeGuest.run(context, { reference: true });

  async function call(command: GuestCommand, ...args: unknown[]): Promise<string> {
    return String(await guest.apply(undefined, [command, ...args], { arguments: { copy: true } }));
  }
  /** isolated-vm throws where user code left a rejected promise unhandled. The guest has kept its result all the same. */
  async function callAndRecover(command: GuestCommand, ...args: unknown[]): Promise<string> {
    try {
      return await call(command, ...args);
    } catch (error) {
      const result = warm.isolate.isDisposed ? '' : await call('last');
      if (result === '') throw error;
      return result;
    }
  }
  /** For calls that run user code, which may have taken over the guest and its own limits. */
  async function callBounded(command: GuestCommand, ...args: unknown[]): Promise<string> {
    const text = await callAndRecover(command, ...args);
    if (text.length <= limits.crossingChars) return text;
    throw new OversizedResult(`the result exceeds ${limits.outputBytes} bytes`);
  }
  return {
    check: (sources) => call('check', sources),
    load: (request) => callBounded('load', request, progress),
    run: (batch) => callBounded('run', batch),
    release() {
      // A handle that waited for this process's garbage collector would keep the whole context alive in the isolate.
      guest.release();
      context.release();
    },
  };
}
