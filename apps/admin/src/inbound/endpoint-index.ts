import type { InboundEndpoint } from '@eventhooks/contract';
import {
  type ChangeListener,
  type Database,
  followChanges,
  type Keyring,
  loadInboundEndpoints,
} from '@eventhooks/database';
import { type CompletedEndpoint, completeEndpoint } from '@eventhooks/inbound';

/** An endpoint that takes requests. */
export interface ActiveEndpoint {
  endpoint: InboundEndpoint;
  completed: CompletedEndpoint;
}

export interface InboundIndex {
  /** Null for an endpoint that does not exist, is disabled, or has lost its secrets: it could verify nothing. */
  find(workspace: string, name: string): ActiveEndpoint | null;
  /** Resolves when everything committed before the call is in force here. */
  refresh(): Promise<void>;
  close(): void;
}

/** Keeps all endpoints in memory, so that a request needs no query before it is verified. */
export async function createInboundIndex(
  database: Database,
  keyring: Keyring,
  listener: ChangeListener,
  onError: (error: Error) => void,
): Promise<InboundIndex> {
  let endpoints: ReadonlyMap<string, InboundEndpoint> = new Map();
  /** Completed when the first request comes, because expressions take a while to compile. */
  const active = new WeakMap<InboundEndpoint, ActiveEndpoint | null>();

  const load = async (): Promise<void> => {
    const loaded = await loadInboundEndpoints(database.kysely, keyring);
    endpoints = new Map(loaded.map((endpoint) => [keyOf(endpoint.workspace, endpoint.name), endpoint]));
  };
  const activate = (endpoint: InboundEndpoint): ActiveEndpoint | null => {
    const completed = completeEndpoint(endpoint);
    return completed.ok && endpoint.enabled ? { endpoint, completed: completed.endpoint } : null;
  };
  const { refresh, close } = await followChanges({ listener, kinds: ['inbound', 'workspace'], load, onError });
  return {
    find(workspace, name) {
      const endpoint = endpoints.get(keyOf(workspace, name));
      if (endpoint === undefined) return null;
      const known = active.get(endpoint);
      if (known !== undefined) return known;
      const made = activate(endpoint);
      active.set(endpoint, made);
      return made;
    },
    refresh,
    close,
  };
}

function keyOf(workspace: string, name: string): string {
  return `${workspace}/${name}`;
}
