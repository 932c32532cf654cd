import type { Attempt, DeliveryWithAttempts } from '../api/types.ts';
import { At, Countdown, formatDuration, formatMs } from '../ui/time.tsx';

/** One bar per attempt, as long as its duration, with the waits between them. */
export function Timeline({
  delivery,
  shown,
  onShow,
}: {
  delivery: DeliveryWithAttempts;
  shown: number | undefined;
  onShow: (number: number) => void;
}) {
  const { attempts } = delivery;
  const longest = Math.max(1, ...attempts.map(({ duration_ms }) => duration_ms));
  return (
    <ol className="timeline">
      {attempts.map((attempt, index) => (
        <li key={attempt.number}>
          <Gap before={attempts[index - 1]} attempt={attempt} />
          <button
            type="button"
            className="timeline-attempt"
            aria-pressed={attempt.number === shown}
            onClick={() => onShow(attempt.number)}
          >
            <span className={`timeline-number tone-${attempt.ok ? 'ok' : 'bad'}`}>{attempt.number}</span>
            <span className="timeline-what">
              <strong>{describeEnd(attempt)}</strong>
              <span className="muted">
                <At at={attempt.started_at} />
              </span>
            </span>
            <span className="timeline-bar" aria-hidden="true">
              <meter
                className={attempt.ok ? 'meter-ok' : 'meter-bad'}
                min={0}
                max={longest}
                value={Math.max(attempt.duration_ms, longest / 100)}
              />
            </span>
            <span className="number timeline-duration">{formatMs(attempt.duration_ms)}</span>
          </button>
        </li>
      ))}
      {delivery.next_attempt_at !== null && (
        <li className="timeline-next">
          <span className="timeline-number">{attempts.length + 1}</span>
          {describeNext(delivery.reason) ?? <Countdown until={delivery.next_attempt_at} over="any moment" />}
        </li>
      )}
    </ol>
  );
}

/** The next attempt where it does not depend on time alone, or null. */
function describeNext(reason: string | null): string | null {
  if (reason === 'in_flight') return 'under way';
  return reason === 'paused' ? 'once the hook is resumed' : null;
}

function Gap({ before, attempt }: { before: Attempt | undefined; attempt: Attempt }) {
  if (before === undefined) return null;
  const waitedMs = Date.parse(attempt.started_at) - Date.parse(before.started_at) - before.duration_ms;
  return (
    <span className="timeline-gap muted small">
      waited {waitedMs < 1_000 ? formatMs(Math.max(0, waitedMs)) : formatDuration(waitedMs / 1_000)}
    </span>
  );
}

function describeEnd({ ok, error_code, response }: Attempt): string {
  if (response?.status !== undefined) return `${response.status}${ok ? '' : ` · ${error_code}`}`;
  return ok ? 'Done' : (error_code ?? 'Failed');
}
