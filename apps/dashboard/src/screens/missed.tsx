import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client.ts';
import { refresh, useApi, useLiveApi } from '../api/queries.ts';
import type { AuditEntry, Hook, Page, Replay } from '../api/types.ts';
import { useCanChange } from '../session/session.tsx';
import { Button } from '../ui/button.tsx';
import { Modal } from '../ui/modal.tsx';
import { Notice } from '../ui/notice.tsx';
import { At } from '../ui/time.tsx';
import { say } from '../ui/toasts.tsx';
import { type Range, RangeChoice } from './find.tsx';
import { ReplayRow } from './replay-row.tsx';
import { asSpan, filterOf } from './search.ts';

/** The offer is shown for this long after a hook was made or enabled. */
const offeredSeconds = 86_400;

/** The time in which a hook heard nothing: until it was made, or while it was disabled. ISO 8601. */
interface Missed {
  why: 'new' | 'disabled';
  /** Null: since ever. */
  since: string | null;
  until: string;
}

/** The latest replay of a hook while it runs, or an offer to deliver what the hook missed. */
export function MissedNotice({ hook }: { hook: Hook }) {
  const replays = useLiveApi<Page<Replay>>(`/replays?hook=${hook.id}&size=1`);
  const audit = useApi<Page<AuditEntry>>(`/audit?entity=event_hooks&entity_id=${hook.id}&size=100`);
  const canChange = useCanChange();
  const latest = replays.data?.data[0];
  if (latest?.status === 'running') return <ReplayRow replay={latest} hook={hook} />;
  if (!canChange || hook.enabled === false || replays.data === undefined || audit.data === undefined) return null;
  const missed = findMissed(hook, audit.data.data);
  const isRecent = Date.parse(missed.until) > Date.now() - offeredSeconds * 1_000;
  const isDone = latest?.of === 'events' && Date.parse(latest.created_at) > Date.parse(missed.until);
  if (!isRecent || isDone) return null;
  return (
    <Notice
      tone="calm"
      title={
        missed.why === 'new'
          ? 'Past events can be delivered to it, too'
          : 'It missed the events published while it was disabled'
      }
      actions={<MissedDialog hook={hook} missed={missed} />}
    >
      {missed.why === 'new' ? (
        <>
          It hears only events that were published after it was made (<At at={missed.until} />
          ). Earlier ones are still there.
        </>
      ) : (
        <>
          It was disabled from {missed.since !== null && <At at={missed.since} />} until <At at={missed.until} />. The
          events of that time are still there.
        </>
      )}
    </Notice>
  );
}

/** A button that opens the dialog for any time. */
export function DeliverMissed({ hook }: { hook: Hook }) {
  const until = new Date().toISOString();
  return <MissedDialog hook={hook} missed={{ why: 'new', since: null, until }} isQuiet />;
}

/** Reads from the log of a hook's changes, newest first, when it was disabled last. */
function findMissed(hook: Pick<Hook, 'created_at'>, changes: readonly AuditEntry[]): Missed {
  const enabling = changes.findIndex(({ before, after }) => isDisabled(before) && !isDisabled(after));
  const at = changes[enabling]?.created_at;
  if (at === undefined) return { why: 'new', since: null, until: toIso(hook.created_at) };
  // A change of a disabled hook does not begin the time anew.
  const older = changes.slice(enabling);
  const end = older.findIndex(({ before }) => !isDisabled(before));
  const disabling = end === -1 ? undefined : older[end];
  const whileDisabled = end === -1 ? older : older.slice(0, end);
  const seen = whileDisabled.map(({ before }) => asState(before).updated_at).filter((time) => typeof time === 'number');
  const since = disabling !== undefined && isDisabled(disabling.after) ? disabling.created_at : Math.min(at, ...seen);
  // The log has whole seconds: what was published within the last one belongs to the time, too.
  return { why: 'disabled', since: toIso(since), until: toIso(at + 1) };
}

function isDisabled(state: unknown): boolean {
  return asState(state).enabled === false;
}

/** A state of a hook as the log has it. */
function asState(state: unknown): { enabled?: unknown; updated_at?: unknown } {
  return typeof state === 'object' && state !== null ? state : {};
}

function toIso(epochSeconds: number): string {
  return new Date(epochSeconds * 1_000).toISOString();
}

function MissedDialog({ hook, missed, isQuiet = false }: { hook: Hook; missed: Missed; isQuiet?: boolean }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind={isQuiet ? 'quiet' : 'plain'} disabled={hook.enabled === false} onClick={() => setOpen(true)}>
        {missed.why === 'new' ? 'Deliver past events' : 'Deliver what it missed'}
      </Button>
      <Modal isOpen={isOpen} onClose={() => setOpen(false)} title="Deliver what it missed">
        <MissedForm hook={hook} missed={missed} onClose={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function MissedForm({ hook, missed, onClose }: { hook: Hook; missed: Missed; onClose: () => void }) {
  const { since, until } = missed;
  const [range, setRange] = useState<Range>(since === null ? { within: '24h' } : { since, until });
  const start = useMutation({
    mutationFn: () => {
      const bounds = filterOf({ ...range, within: asSpan(range.within) });
      return api<Replay>('POST', `/event-hooks/${hook.id}/replay`, { ...bounds, of: 'events' });
    },
    onSuccess: async ({ total }) => {
      say(
        total === 0 ? 'It missed nothing in that time' : 'What it missed is on its way',
        'Its page shows the progress.',
      );
      await refresh('/replays', '/deliveries');
      onClose();
    },
  });
  return (
    <div className="stack">
      <p className="muted">
        Goes through the events that were published in this time, oldest first. Each that the hook would hear now, by
        name and filter, and has no delivery of is delivered. Snooze and “only when the data changed” are passed over.
      </p>
      <div className="filters">
        <RangeChoice range={range} onChange={setRange} />
      </div>
      {start.isError && (
        <Notice tone="bad" title="It did not start">
          {start.error.message}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" isBusy={start.isPending} onClick={() => start.mutate()}>
          Deliver them
        </Button>
      </div>
    </div>
  );
}
