import { useMutation } from '@tanstack/react-query';
import { Power } from 'lucide-react';
import { api } from '../api/client.ts';
import { refresh } from '../api/queries.ts';
import type { Hook, HookStatus } from '../api/types.ts';
import { useCanChange } from '../session/session.tsx';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { Pill } from '../ui/status.tsx';
import { Ago, Countdown, Elapsed } from '../ui/time.tsx';
import { say, sayFailure } from '../ui/toasts.tsx';
import { describeEvents } from './describe-events.ts';

const DISABLED_REASONS: Readonly<Record<string, string>> = {
  gone: 'Its receiver answered 410 Gone: it wants no more deliveries.',
  failing: 'Every delivery failed for five days.',
};

export function describeDisabling(reason: string | null | undefined): string {
  if (reason === null || reason === undefined) return 'Somebody disabled it.';
  return DISABLED_REASONS[reason] ?? reason;
}

/** A hook's state in a word. */
export function HookState({ hook, status }: { hook: Hook; status?: Partial<HookStatus> | undefined }) {
  if (hook.enabled === false) return <Pill tone="bad">Disabled</Pill>;
  if (status?.breaker !== undefined && status.breaker.state !== 'closed') return <Pill tone="bad">Breaker open</Pill>;
  if (status?.failing_since) return <Pill tone="warn">Failing</Pill>;
  return <Pill tone="ok">Enabled</Pill>;
}

/** The reason why a hook does not deliver, with its remedy. */
export function HookTrouble({ hook, status }: { hook: Hook; status: HookStatus | undefined }) {
  if (hook.enabled === false) return <DisabledBanner hook={hook} reason={status?.disabled_reason} />;
  if (status === undefined) return null;
  const { breaker, failing_since, waiting } = status;
  const waits =
    waiting === 0
      ? ''
      : ` ${waiting >= 1_000 ? 'More than 1,000' : waiting} ${waiting === 1 ? 'delivery waits' : 'deliveries wait'} for it.`;
  if (breaker.state !== 'closed') {
    return (
      <Notice tone="bad" title="Its endpoint fails: deliveries wait until it answers again">
        {breaker.opened_at !== null && (
          <>
            The circuit breaker opened <Ago at={breaker.opened_at} />.{' '}
          </>
        )}
        {breaker.probe_at !== null && (
          <>
            The next probe goes <Countdown until={breaker.probe_at} over="any moment" />.
          </>
        )}
        {waits}
      </Notice>
    );
  }
  if (failing_since === null) return null;
  return (
    <Notice
      tone="warn"
      title={
        <>
          Every delivery has failed for <Elapsed since={failing_since} />
        </>
      }
    >
      {waits} After five days without a success the hook is disabled.
    </Notice>
  );
}

function DisabledBanner({ hook, reason }: { hook: Hook; reason: string | null | undefined }) {
  const canChange = useCanChange();
  const enable = useMutation({
    mutationFn: () => api('PATCH', `/event-hooks/${hook.id}`, { enabled: true }),
    onSuccess: async () => {
      say('The hook is enabled', `From now on it hears ${describeEvents(hook)}.`);
      await refresh('/event-hooks', '/stats');
    },
    onError: (error) => sayFailure('It was not enabled', error),
  });
  return (
    <Notice
      tone="bad"
      title="This hook is disabled: it hears no event"
      actions={
        canChange && (
          <Button kind="primary" isBusy={enable.isPending} onClick={() => enable.mutate()}>
            <Power aria-hidden="true" /> Enable it
          </Button>
        )
      }
    >
      {describeDisabling(reason)}
    </Notice>
  );
}
