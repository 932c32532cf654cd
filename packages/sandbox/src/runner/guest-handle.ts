import type ivm from 'isolated-vm';
import { GUEST_GLOBAL, type GuestCommand, REMOVED_GLOBALS } from '../guest/guest.ts';
import type { WarmIsolate } from './warm-isolates.ts';

/** A guest in a context of its own. Arguments and results are texts, and lists of texts; they cross as copies. */
export interface GuestHandle {
  check(sources: string): Promise<string>;
  load(request: string): Promise<string>;
  run(batch: string[] | null): Promise<string>;
  release(): void;
}

/** Ends with the guest as its value; from then on nothing in the context leads to it. */
const TAKE_GUEST = `(() => {
  const guest = globalThis.${GUEST_GLOBAL};
  for (const name of ${JSON.stringify([GUEST_GLOBAL, ...REMOVED_GLOBALS])}) delete globalThis[name];
  return guest;
})()`;

export async function openGuest(warm: WarmIsolate, progress: SharedArrayBuffer): Promise<GuestHandle> {
  const context = await warm.isolate.createContext();
  warm.takeGuest ??= await warm.isolate.compileScript(TAKE_GUEST);
  const guest: ivm.Reference = await warm.takeGuest.run(context, { reference: true });

  async function call(command: GuestCommand, ...args: unknown[]): Promise<string> {
    return String(await guest.apply(undefined, [command, ...args], { arguments: { copy: true } }));
  }
  /** A promise that user code rejected unhandled turns the call into that rejection; the result is there all the same. */
  async function callAndRecover(command: GuestCommand, ...args: unknown[]): Promise<string> {
    try {
      return await call(command, ...args);
    } catch (error) {
      const result = warm.isolate.isDisposed ? '' : await call('last');
      if (result === '') throw error;
      return result;
    }
  }
  return {
    check: (sources) => call('check', sources),
    load: (request) => callAndRecover('load', request, progress),
    run: (batch) => callAndRecover('run', batch),
    release() {
      // Explicitly: a handle that waits for our own collector keeps the whole context alive in the isolate.
      guest.release();
      context.release();
    },
  };
}
