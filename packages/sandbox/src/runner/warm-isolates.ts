import type ivm from 'isolated-vm';
import { LRUCache } from 'lru-cache';
import type { BootMessage, GuestKind } from '../protocol.ts';

export interface WarmIsolate {
  isolate: ivm.Isolate;
  guest: GuestKind;
  sources: string[];
  /** Compiled sources that the guest's first load returned, for the loads after it. */
  cache: string | null;
  /** The script that fetches the guest out of a fresh context, once compiled. */
  takeGuest?: ivm.Script;
  /** Called when V8 has lost control of the isolate. Its thread then sleeps for ever. */
  onCatastrophe: () => void;
}

export interface WarmIsolates {
  /** The hook's isolate if it still has the same sources, else a new one. */
  acquire(guest: GuestKind, hookId: string, sources: string[]): WarmIsolate;
  /** An isolate that is not kept. */
  create(guest: GuestKind): WarmIsolate;
  /** Ends an isolate. Harmless when the isolate has ended itself. */
  drop(warm: WarmIsolate): void;
}

/**
 * Keeps one isolate per hook, so that no two hooks share a heap. When there are too many, the least recently used one
 * ends. Isolates start from a snapshot of our own code, which is made in this process on first need; a snapshot from
 * anywhere else could not be trusted.
 */
export function createWarmIsolates(vm: typeof ivm, boot: BootMessage): WarmIsolates {
  const byHook = new LRUCache<string, WarmIsolate>({ max: boot.limits.warmIsolates, dispose: endIsolate });
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

  return {
    create,
    drop(warm) {
      for (const [key, kept] of byHook.entries()) if (kept === warm) byHook.delete(key);
      endIsolate(warm);
    },
    acquire(guest, hookId, sources) {
      const key = `${guest} ${hookId}`;
      const known = byHook.get(key);
      if (known !== undefined && !known.isolate.isDisposed && isSame(known.sources, sources)) return known;
      const warm = create(guest, sources);
      byHook.set(key, warm);
      return warm;
    },
  };
}

function endIsolate({ isolate }: WarmIsolate): void {
  if (!isolate.isDisposed) isolate.dispose();
}

function isSame(left: string[], right: string[]): boolean {
  return left.length === right.length && left.every((source, index) => source === right[index]);
}
