import type { WaitingReason } from '@eventhooks/contract';
import type { Attempt, Delivery, Hook } from '../api/types.ts';
import type { Tone } from '../ui/notice.tsx';
import { formatDuration, formatMs } from '../ui/time.tsx';
import { adviseOn, describeFailure } from './failures.ts';

/** The main answer about a delivery: whether it arrived, why not, and what to do next. */
export interface Diagnosis {
  tone: Tone;
  title: string;
  why: string;
  advice: string | null;
}

const WAITING = {
  retry: 'The last attempt failed; the next one follows the retry schedule.',
  manual_retry: 'Somebody asked for it to be delivered once more.',
  replay: 'It is part of a replay.',
  in_flight: 'An attempt is under way right now.',
  no_slot: 'The hook already has as many deliveries in flight as it may. This one waits for its turn.',
  hook_disabled: 'The hook was disabled a moment ago. This delivery is cancelled as soon as it is due.',
  paused: 'The hook is paused, or is still going through what waited during the pause.',
  breaker_open:
    'The hook’s circuit breaker is open, because its endpoint failed too often: it waits for a probe to succeed.',
  snooze:
    'It is the last event of the hook’s snooze so far (snooze_edge). It is sent when the snooze ends, unless another event takes its place.',
  batch:
    'It is collected with other events of its hook (batch). It is sent when the batch is full, or when the first of them has waited long enough.',
  order: 'It waits behind another delivery with the same key (order_by).',
  rate_limited: 'The hook’s rate limit is reached. This one waits for its turn.',
} as const satisfies Record<WaitingReason, string>;

const CANCELLED = {
  hook_deleted: 'The hook was deleted while this delivery waited.',
  hook_disabled: 'The hook was disabled while this delivery waited.',
  manual_cancel: 'Somebody cancelled it while it waited.',
} as const;

const HOLDS_KEY = 'Its key stands still until it is sent again with success, or cancelled (on_exhausted: hold).';

export function diagnose(delivery: Delivery, attempts: readonly Attempt[], hook: Hook | undefined): Diagnosis {
  const last = attempts.at(-1);
  switch (delivery.status) {
    case 'succeeded':
      return { tone: 'ok', title: 'It arrived', why: describeSuccess(delivery, last), advice: null };
    case 'waiting':
      return diagnoseWaiting(delivery, last);
    case 'exhausted':
      return {
        tone: 'bad',
        title: 'It did not arrive, and will not be tried again by itself',
        why: `${describeLast(delivery, last)} ${delivery.reason === 'holds_key' ? HOLDS_KEY : ''}`.trim(),
        advice: delivery.error_code === null ? null : adviseOn(delivery.error_code),
      };
    case 'suppressed':
      return {
        tone: 'calm',
        title: 'It was held back, as the hook asks',
        why: describeSuppression(delivery, hook),
        advice: null,
      };
    default:
      return { tone: 'calm', title: 'It was cancelled', why: lookUp(CANCELLED, delivery.reason), advice: null };
  }
}

function diagnoseWaiting(delivery: Delivery, last: Attempt | undefined): Diagnosis {
  const reason = lookUp(WAITING, delivery.reason);
  if (last === undefined || last.ok) {
    const title = last === undefined ? 'It has not been sent yet' : 'It arrived, and is to be sent once more';
    return { tone: 'warn', title, why: reason, advice: null };
  }
  return {
    tone: 'warn',
    title: 'It has not arrived yet',
    why: `${describeLast(delivery, last)} ${delivery.reason === 'retry' ? '' : reason}`.trim(),
    advice: last.error_code === null ? null : adviseOn(last.error_code),
  };
}

function describeSuccess({ response_status }: Delivery, last: Attempt | undefined): string {
  if (last === undefined) return 'It succeeded.';
  const what = response_status === null ? 'The handler ran' : `The receiver answered ${response_status}`;
  return `${what} in ${formatMs(last.duration_ms)}, ${last.number === 1 ? 'at the first attempt' : `at attempt ${last.number}`}.`;
}

function describeLast(delivery: Delivery, last: Attempt | undefined): string {
  const code = last?.error_code ?? delivery.error_code;
  if (code === null) return 'It failed.';
  const status = last?.response?.status;
  const failure = describeFailure(code);
  const saysStatus = status === undefined || failure.includes(`answered ${status}`);
  return saysStatus ? failure : `The receiver answered ${status}. ${failure}`;
}

function describeSuppression({ reason }: Delivery, hook: Hook | undefined): string {
  if (reason === 'on_change') return 'Its data are the same as those for which the hook last fired (on_change).';
  const seconds = hook?.snooze;
  if (seconds && hook.snooze_edge !== undefined && hook.snooze_edge !== null && hook.snooze_edge !== 'leading')
    return `Another event of the same snooze, ${formatDuration(seconds)} long, fires in its place (snooze_edge: ${hook.snooze_edge}).`;
  return `The hook had fired shortly before${seconds ? `, and is silent for ${formatDuration(seconds)} after it fires` : ''} (snooze).`;
}

/** The time of the next attempt. Null when none is planned, or when it depends on something else than time. */
export function nextAttemptOf({ next_attempt_at, reason }: Delivery): string | null {
  return reason === 'paused' || reason === 'in_flight' ? null : next_attempt_at;
}

function lookUp(table: Readonly<Record<string, string>>, reason: string | null): string {
  if (reason === null) return '';
  return table[reason] ?? `${reason.replaceAll('_', ' ')}.`;
}

const SHORT: Readonly<Record<string, string>> = {
  retry: 'next attempt',
  manual_retry: 'sent again',
  in_flight: 'under way',
  no_slot: 'for its turn',
  rate_limited: 'rate limit',
  breaker_open: 'endpoint fails',
  on_change: 'nothing changed',
  manual_cancel: 'by hand',
} satisfies Partial<Record<WaitingReason, string>> & Record<string, string>;

/** A word or two beside the status. */
export function shortReason({ status, reason, error_code, response_status }: Delivery): string | null {
  if (status === 'succeeded') return null;
  if (error_code !== null && (status === 'exhausted' || reason === 'retry')) {
    return response_status === null ? error_code.replaceAll('_', ' ') : String(response_status);
  }
  return reason === null ? null : (SHORT[reason] ?? reason.replaceAll('_', ' '));
}
