import { useSyncExternalStore } from 'react';
import { streamUrl } from './client.ts';

export type LiveState = 'connecting' | 'live' | 'polling';

/** The kinds of changes that the stream sends. Each kind makes other queries stale. */
export type LiveKind = 'activity' | 'configuration';

/** A stream that the server refused is tried again after this. */
const retryMs = 10_000;

let state: LiveState = 'connecting';
const listeners = new Set<() => void>();

function setState(next: LiveState): void {
  state = next;
  for (const listener of listeners) listener();
}

/** Whether changes arrive as they happen. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/** Follows the stream until the returned function is called. While there is none, queries poll (see useLiveApi). */
export function followLive(onChange: (kind: LiveKind) => void): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const connect = (): void => {
    source = new EventSource(streamUrl);
    source.addEventListener('open', () => setState('live'));
    source.addEventListener('activity', () => onChange('activity'));
    source.addEventListener('configuration', () => onChange('configuration'));
    source.addEventListener('error', () => {
      setState('polling');
      // The browser reconnects by itself, except when it was refused.
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(connect, retryMs);
    });
  };
  connect();
  return () => {
    clearTimeout(timer);
    source?.close();
    setState('connecting');
  };
}
