import {
  type Change,
  type ChangeListener,
  type Database,
  findDeliveries,
  type LiveActivity,
} from '@eventhooks/database';
import type { Response } from 'express';
import { apiError } from '../http/api-error.ts';
import { printDelivery } from '../routes/print-delivery.ts';

export interface LiveStreams {
  /**
   * Answers with server-sent events of what happens in a workspace, until the client goes away, is too slow, or `isAllowed`
   * says no.
   *
   * @param caller the token's name: neither a token nor a workspace can use up the streams of all others.
   * @throws {ApiError} 429 when the token or the workspace has too many open; 503 when the admin has.
   */
  open(workspace: string, caller: string, response: Response, isAllowed: () => Promise<boolean>): void;
  /** Ends all streams. */
  close(): void;
}

/** The most streams at once: in all, … */
const maxStreams = 1_000;
/** … per workspace … */
const maxPerWorkspace = 100;
/** … and per token. */
const maxPerCaller = 20;
/** A heartbeat keeps proxies from cutting an idle connection; at each, the stream's token is checked again. */
const heartbeatMs = 15_000;
/** A client that is this far behind is cut off; it will connect again. */
const maxBehindBytes = 1024 * 1024;
/** How often clients look for activity that is not announced. */
const lookEveryMs = 3_000;
/** The most deliveries in one message; for the others only their number is sent. */
const maxShown = 100;

const configurationKinds: ReadonlySet<Change['kind']> = new Set(['hook', 'breaker', 'catalogue', 'token', 'missed']);

interface Stream {
  workspace: string;
  caller: string;
  response: Response;
}

/** Passes on the changes that other processes notify. Without a stream, it sends the database no query. */
export function createLiveStreams(
  database: Database,
  listener: ChangeListener,
  onError: (error: Error) => void,
): LiveStreams {
  const streams = new Set<Stream>();
  const sendTo = (workspace: string | null, event: string, data: unknown): void => {
    for (const stream of streams) if (workspace === null || stream.workspace === workspace) send(stream, event, data);
  };
  const addActivity = createActivityReader(database, (workspace, data) => sendTo(workspace, 'activity', data), onError);
  let lookedAtMs = 0;
  /** Has clients ask for what happened, where no process can announce it. */
  const lookNowAndThen = (): void => {
    if (performance.now() < lookedAtMs + lookEveryMs) return;
    lookedAtMs = performance.now();
    sendTo(null, 'activity', { deliveries: [], delivery_count: 0, event_count: 0 });
  };
  const unsubscribe = listener.subscribe((change) => {
    if (streams.size === 0) return;
    // Not every change names its workspace, so every stream hears of it, without the hook's id.
    if (configurationKinds.has(change.kind)) sendTo(null, 'configuration', {});
    if (change.kind === 'unannounced') lookNowAndThen();
    if (change.kind !== 'activity') return;
    const { activity } = change;
    if ([...streams].some(({ workspace }) => workspace === activity.workspace)) addActivity(activity);
  });
  return {
    open(workspace, caller, response, isAllowed) {
      refuseTooMany(streams, workspace, caller);
      const stream = { workspace, caller, response };
      begin(response, isAllowed, onError);
      streams.add(stream);
      response.once('close', () => streams.delete(stream));
    },
    close() {
      unsubscribe();
      for (const { response } of streams) response.end();
    },
  };
}

function send({ response }: Stream, event: string, data: unknown): void {
  response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  if (response.writableLength > maxBehindBytes) response.end();
}

/** Sends the head of a stream, and heartbeats until it ends. */
function begin(response: Response, isAllowed: () => Promise<boolean>, onError: (error: Error) => void): void {
  response
    .status(200)
    .set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  response.write(`retry: 3000\nevent: open\ndata: {}\n\n`);
  const beat = async (): Promise<void> => {
    if (await isAllowed()) response.write(': here\n\n');
    else response.end();
  };
  const timer = setInterval(() => void beat().catch(onError), heartbeatMs);
  response.once('close', () => clearInterval(timer));
}

/** Reads the deliveries of activity, one query at a time: activity that comes meanwhile is put together by workspace. */
function createActivityReader(
  database: Database,
  pass: (workspace: string, data: object) => void,
  onError: (error: Error) => void,
): (activity: LiveActivity) => void {
  const pending = new Map<string, LiveActivity>();
  let reading = false;
  const readPending = async (): Promise<void> => {
    if (reading) return;
    reading = true;
    try {
      for (const [workspace, { ids, deliveries, events }] of pending) {
        pending.delete(workspace);
        const rows = ids.length === 0 ? [] : await findDeliveries(database.pool, workspace, ids);
        pass(workspace, {
          deliveries: rows.map(printDelivery),
          delivery_count: deliveries,
          event_count: events,
        });
      }
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
    } finally {
      reading = false;
    }
  };
  return (activity) => {
    pending.set(activity.workspace, merge(pending.get(activity.workspace), activity));
    void readPending();
  };
}

/** @throws {ApiError} when there is no room for one more stream. */
function refuseTooMany(streams: ReadonlySet<Stream>, workspace: string, caller: string): void {
  if (streams.size >= maxStreams) throw apiError('unavailable', `${maxStreams} streams are open`);
  let ofWorkspace = 0;
  let ofCaller = 0;
  for (const stream of streams) {
    if (stream.caller === caller) ofCaller += 1;
    if (stream.workspace === workspace) ofWorkspace += 1;
  }
  if (ofCaller >= maxPerCaller) throw apiError('too_many_streams', `This token has ${maxPerCaller} streams open`);
  if (ofWorkspace >= maxPerWorkspace) {
    throw apiError('too_many_streams', `The workspace '${workspace}' has ${maxPerWorkspace} streams open`);
  }
}

function merge(known: LiveActivity | undefined, { workspace, ids, deliveries, events }: LiveActivity): LiveActivity {
  return {
    workspace,
    ids: [...new Set([...(known?.ids ?? []), ...ids])].slice(-maxShown),
    deliveries: deliveries + (known?.deliveries ?? 0),
    events: events + (known?.events ?? 0),
  };
}
