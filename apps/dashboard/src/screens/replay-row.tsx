import { Link } from '@tanstack/react-router';
import { api } from '../api/client.ts';
import { nameHook, refresh } from '../api/queries.ts';
import type { Hook, Replay } from '../api/types.ts';
import { useCanChange } from '../session/session.tsx';
import { Button } from '../ui/button.tsx';
import { formatCount } from '../ui/count.ts';
import { labelOf, Pill } from '../ui/status.tsx';
import { Ago, At } from '../ui/time.tsx';
import { sayFailure } from '../ui/toasts.tsx';

const STATES = {
  running: { label: 'Running', tone: 'warn' },
  done: { label: 'Done', tone: 'ok' },
  cancelled: { label: 'Cancelled', tone: 'calm' },
} as const satisfies Record<Replay['status'], { label: string; tone: string }>;

/** One replay with its progress. While it runs it can be cancelled. */
export function ReplayRow({ replay, hook }: { replay: Replay; hook: Hook | undefined }) {
  const canChange = useCanChange();
  const { label, tone } = STATES[replay.status];
  const total = replay.total ?? replay.done;
  const cancel = (): void => {
    api('DELETE', `/replays/${replay.id}`)
      .then(() => refresh('/replays'))
      .catch((error: unknown) => sayFailure('It was not cancelled', error));
  };
  return (
    <div className="card replay">
      <div className="replay-head">
        <Link to="/hooks/$id" params={{ id: replay.hook_id }}>
          {nameHook(hook, replay.hook_id)}
        </Link>
        <Pill tone={tone}>{label}</Pill>
        <span className="muted small">
          {replay.of === 'events' ? 'events that it missed' : replay.statuses.map(labelOf).join(', ').toLowerCase()} ·{' '}
          {replay.since !== null && (
            <>
              published since <At at={replay.since} /> ·{' '}
            </>
          )}
          started <Ago at={replay.created_at} />
        </span>
      </div>
      <progress
        className="progress"
        max={Math.max(1, total)}
        value={replay.status === 'done' ? Math.max(1, total) : replay.done}
        aria-label="Progress"
      />
      <div className="replay-foot">
        <span className="number">
          {total === 0 ? 'Nothing to send' : `${formatCount(replay.done)} of ${formatCount(total)}`}
        </span>
        {replay.status === 'running' && canChange && <Button onClick={cancel}>Cancel</Button>}
      </div>
    </div>
  );
}
