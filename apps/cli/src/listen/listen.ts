import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isRecord } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { formatCount, formatTimeOfDay, plain } from '../output.ts';
import type { Session } from '../session.ts';
import { type ListenFilter, readFilters } from './read-filters.ts';
import { type Arrival, startReceiver } from './receiver.ts';
import { createTemporaryHooks, LISTEN_TAG, removeStaleHooks, type TemporaryHooks } from './temporary-hooks.ts';

export interface ListenOptions {
  forwardTo?: string;
  port: number;
  publicUrl?: string;
  secret?: string;
  status: number;
  count?: number;
}

/** Receives deliveries on this machine until it is interrupted or has received `count`, and leaves no hook behind. */
export async function listen({ api, output }: Session, options: ListenOptions, operands: string[]): Promise<void> {
  const secret = options.secret ?? `whsec_${randomBytes(24).toString('base64')}`;
  const ended = Promise.withResolvers<void>();
  let arrivals = 0;
  const receiver = await startReceiver({
    port: options.port,
    secret,
    status: options.status,
    forwardTo: options.forwardTo ?? null,
    onArrival(arrival) {
      if (isOwnChange(arrival)) return;
      output.line(toJson(arrival), () => describeArrival(output, arrival));
      arrivals += 1;
      if (arrivals === options.count) ended.resolve();
    },
  });
  const stopWatching = onInterrupt(() => ended.resolve());
  let hooks: TemporaryHooks | null = null;
  try {
    const stale = await removeStaleHooks(api);
    if (stale > 0) output.note(`Removed ${formatCount(stale, 'hook')} that earlier listeners left.`);
    const { data } = await api.call('GET /event-hooks/sources');
    const filters = readFilters(data, operands);
    hooks = await createTemporaryHooks(api, { filters, url: options.publicUrl ?? receiver.url, secret });
    await expectReachable({ api, output }, hooks, options.publicUrl ?? receiver.url);
    const isEverything = operands.length === 0;
    printHeading({ api, output }, { filters, isEverything, secret, forwardTo: options.forwardTo ?? null });
    await ended.promise;
  } finally {
    const left = (await hooks?.remove()) ?? [];
    await receiver.close();
    stopWatching();
    if (left.length > 0)
      output.note(
        `${formatCount(left.length, 'hook')} could not be removed. To remove ${left.length === 1 ? 'it' : 'them'}: eventhooks hooks delete ${left.join(' ')}`,
      );
    else if (hooks !== null) output.note(`Removed ${formatCount(hooks.ids.length, 'hook')}.`);
  }
}

/** The first Ctrl-C (or similar signal) ends in order, a second one at once. @returns a function that stops watching. */
function onInterrupt(end: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let isEnding = false;
  const handle = () => {
    if (isEnding) process.exit(130);
    isEnding = true;
    end();
  };
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.off(signal, handle);
  };
}

/** The creation and removal of listeners' hooks are events, too. */
function isOwnChange({ source, event, data }: Arrival): boolean {
  const { entity } = data;
  const isHooks = source === 'crud' && event.startsWith('event_hooks');
  return isHooks && isRecord(entity) && Array.isArray(entity.tags) && entity.tags.includes(LISTEN_TAG);
}

/** Right after a start, and on a busy machine, a server may take no ping for a moment. */
const pingTries = 3;
const pingAgainMs = 2_000;

async function expectReachable({ api }: Session, { ids }: TemporaryHooks, url: string): Promise<void> {
  const ping = () => api.request('GET /event-hooks/{id}/ping', { params: { id: ids[0] ?? '' } });
  let answer = await ping();
  for (let tries = 1; tries < pingTries && !answer.ok && isUnavailable(answer); tries += 1) {
    await delay(pingAgainMs);
    answer = await ping();
  }
  if (answer.ok) return;
  const advice = isUnavailable(answer)
    ? 'Is a worker running? npm run worker starts one.'
    : `The server's worker cannot reach ${url}. If it runs on another machine, give an address that leads here with --public-url. For this machine's addresses the worker needs EVENTHOOKS_EGRESS_ALLOW=127.0.0.0/8.`;
  throw new CommandFailure(EXIT.unavailable, `${answer.message}\n${advice}`);
}

function isUnavailable(answer: { kind: string; status?: number }): boolean {
  return answer.kind !== 'unreachable' && answer.status === 503;
}

function printHeading(
  { api, output }: Session,
  given: { filters: readonly ListenFilter[]; isEverything: boolean; secret: string; forwardTo: string | null },
): void {
  const { filters, isEverything, secret, forwardTo } = given;
  const what = isEverything
    ? 'all sources'
    : filters.map(({ source, event }) => `${source}/${event ?? '*'}`).join(', ');
  output.note(
    `Listening to ${what} of ${api.url}. Ctrl-C ends it and removes its ${filters.length === 1 ? 'hook' : 'hooks'}.`,
  );
  output.note(`Signing secret: ${secret}`);
  if (forwardTo !== null) output.note(`Forwarding to ${forwardTo}.`);
  const { source, event } = isEverything
    ? { source: 'crud', event: null }
    : (filters[0] ?? { source: 'crud', event: null });
  const example = `${source} ${event ?? (source === 'crud' ? 'consumers' : '<event>')}`;
  output.note(`To see one, in another terminal: npx eventhooks trigger ${example}\n`);
}

function describeArrival(output: Output, arrival: Arrival): string {
  const { verification, status, forwarded, receivedAt, source, event, id, data } = arrival;
  const isGood = status >= 200 && status < 300;
  const signed = verification.ok
    ? output.paint('green', '✓ signature verified')
    : output.paint('red', `✗ ${verification.kind}: ${verification.message}`);
  const sentOn = forwarded === null ? '' : `  ${forwarded.error ?? `forwarded in ${forwarded.durationMs} ms`}`;
  const answered = output.paint(isGood ? 'green' : 'red', String(status));
  const name = output.paint('bold', plain(`${source}/${event}`));
  return [
    `${formatTimeOfDay(receivedAt)}  ${name}  ${answered}  ${signed}${sentOn}  ${output.paint('gray', plain(id))}`,
    `          ${plain(data)}`,
  ].join('\n');
}

function toJson({ receivedAt, verification, forwarded, ...arrival }: Arrival): Record<string, unknown> {
  return {
    received_at: receivedAt.toISOString(),
    ...arrival,
    verified: verification.ok,
    ...(!verification.ok && { fault: verification.kind }),
    ...(forwarded && {
      forwarded: { status: forwarded.status, error: forwarded.error, duration_ms: forwarded.durationMs },
    }),
  };
}
