import type ivm from 'isolated-vm';
import type { BootMessage, GuestKind } from '../protocol.ts';

export interface WarmIsolate {
  isolate: ivm.Isolate;
  guest: GuestKind;
  sources: string[];
  /** What the guest's first load of these sources gave for the next ones. */
  cache: string | null;
  /** The script that fetches the guest out of a fresh context, once compiled. */
  takeGuest?: ivm.Script;
  /** Called when V8 has lost control of the isolate; its thread then sleeps for ever. */
  onCatastrophe: () => void;
}

export interface WarmIsolates {
  /** The hook's isolate, if it still has the same sources, else a new one. */
  acquire(guest: GuestKind, hookId: string, sources: string[]): WarmIsolate;
  /** An isolate that is not kept. */
  create(guest: GuestKind): WarmIsolate;
  /** Ends an isolate; harmless when it has ended itself. */
  drop(warm: WarmIsolate): void;
}

/**
 * One isolate a hook, so that no two hooks share a heap; the least recently used ones end when there are too many. Isolates
 * start from a snapshot of our own code, made on first need in this process; snapshots are never taken from elsewhere.
 */
export function createWarmIsolates(vm: typeof ivm, boot: BootMessage): WarmIsolates {
  const byKey = new Map<string, WarmIsolate>();
  const snapshots = new Map<GuestKind, ivm.ExternalCopy<ArrayBuffer>>();

  function takeSnapshot(guest: GuestKind): ivm.ExternalCopy<ArrayBuffer> {
    const known = snapshots.get(guest);
    if (known !== undefined) return known;
    const made = vm.Isolate.createSnapshot([{ code: boot.guestCode[guest] }]);
    snapshots.set(guest, made);
    return made;
  }

  function create(guest: GuestKind, sources: string[] = []): WarmIsolate {
    const isolate = new vm.Isolate({
      memoryLimit: boot.limits.memoryMib,
      snapshot: takeSnapshot(guest),
      onCatastrophicError: () => warm.onCatastrophe(),
    });
    const warm: WarmIsolate = { isolate, guest, sources, cache: null, onCatastrophe: () => {} };
    return warm;
  }

  function drop(warm: WarmIsolate): void {
    for (const [key, kept] of byKey) if (kept === warm) byKey.delete(key);
    if (!warm.isolate.isDisposed) warm.isolate.dispose();
  }

  return {
    create,
    drop,
    acquire(guest, hookId, sources) {
      const key = `${guest} ${hookId}`;
      const known = byKey.get(key);
      if (known !== undefined && !known.isolate.isDisposed && isSame(known.sources, sources)) {
        byKey.delete(key);
        byKey.set(key, known);
        return known;
      }
      if (known !== undefined) drop(known);
      const warm = create(guest, sources);
      byKey.set(key, warm);
      const [oldest] = byKey.values();
      if (byKey.size > boot.limits.warmIsolates && oldest !== undefined) drop(oldest);
      return warm;
    },
  };
}

function isSame(left: string[], right: string[]): boolean {
  return left.length === right.length && left.every((source, index) => source === right[index]);
}
