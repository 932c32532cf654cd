import { Link } from '@tanstack/react-router';
import type { Hook, HookStatus } from '../api/types.ts';
import { useCanChange } from '../session/session.tsx';
import { formatCount } from '../ui/count.ts';
import { Notice } from '../ui/notice.tsx';
import { Pill } from '../ui/status.tsx';
import { Ago, Countdown, Elapsed } from '../ui/time.tsx';
import { HookSwitch } from './hook-switches.tsx';

const DISABLED_REASONS: Readonly<Record<string, string>> = {
  gone: 'Its receiver answered 410 Gone: it wants no more deliveries.',
  failing: 'Every delivery failed for five days.',
  expired: 'It has expired (expires_at). To enable it again, give it a later time or none.',
};

export function describeDisabling(reason: string | null | undefined): string {
  if (reason === null || reason === undefined) return 'Somebody disabled it.';
  return DISABLED_REASONS[reason] ?? reason;
}

/** A hook's state in a word. */
export function HookState({ hook, status }: { hook: Hook; status?: Partial<HookStatus> | undefined }) {
  if (hook.enabled === false) return <Pill tone="bad">Disabled</Pill>;
  if (hook.paused === true) return <Pill tone="warn">Paused</Pill>;
  if (status?.breaker !== undefined && status.breaker.state !== 'closed') return <Pill tone="bad">Breaker open</Pill>;
  if (status?.failing_since) return <Pill tone="warn">Failing</Pill>;
  return <Pill tone="ok">Enabled</Pill>;
}

/** Notices about everything that keeps a hook from hearing or delivering, each with its remedy. */
export function HookTrouble({ hook, status }: { hook: Hook; status: HookStatus | undefined }) {
  if (hook.enabled === false) return <DisabledBanner hook={hook} reason={status?.disabled_reason} />;
  return (
    <>
      {hook.paused === true && <PausedBanner hook={hook} status={status} />}
      {status !== undefined && <EndpointTrouble status={status} />}
      {status !== undefined && status.held_keys > 0 && <HeldKeys hook={hook} count={status.held_keys} />}
      {status?.filter_error && <FilterErrorNotice error={status.filter_error} />}
    </>
  );
}

/** Deliveries are counted up to this many. */
const mostCounted = 100_000;

function describeWaiting(count: number): string {
  if (count >= mostCounted) return `More than ${formatCount(mostCounted)} deliveries wait for it`;
  return count === 1 ? 'One delivery waits for it' : `${formatCount(count)} deliveries wait for it`;
}

function EndpointTrouble({ status: { breaker, failing_since, waiting } }: { status: HookStatus }) {
  const waits = waiting === 0 ? '' : ` ${describeWaiting(waiting)}.`;
  if (breaker.state !== 'closed') {
    return (
      <Notice tone="bad" title="Its endpoint fails: deliveries wait until the endpoint answers again">
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

function HeldKeys({ hook, count }: { hook: Hook; count: number }) {
  return (
    <Notice
      tone="warn"
      title={count === 1 ? 'One key stands still' : `${formatCount(count)} keys stand still`}
      actions={
        <Link to="/deliveries" search={{ hook: hook.id, status: 'exhausted' }} className="button button-plain">
          Show what holds them
        </Link>
      }
    >
      An exhausted delivery holds its key (on_exhausted: hold). Send it again, or cancel it, and the deliveries behind
      it go on.
    </Notice>
  );
}

function DisabledBanner({ hook, reason }: { hook: Hook; reason: string | null | undefined }) {
  const canChange = useCanChange();
  return (
    <Notice
      tone="bad"
      title="This hook is disabled: it hears no event"
      actions={canChange && <HookSwitch hook={hook} to="enable" kind="primary" />}
    >
      {describeDisabling(reason)} Once it is enabled, you can deliver what it missed.
    </Notice>
  );
}

function PausedBanner({ hook, status }: { hook: Hook; status: HookStatus | undefined }) {
  const canChange = useCanChange();
  const waiting = status?.paused ?? 0;
  return (
    <Notice
      tone="warn"
      title="This hook is paused: its deliveries wait"
      actions={canChange && <HookSwitch hook={hook} to="resume" kind="primary" />}
    >
      {waiting === 0 ? 'Nothing waits yet.' : `${describeWaiting(waiting)}.`} Once it is resumed, they are delivered,
      oldest first.
    </Notice>
  );
}

/** The latest error of a hook's filter. */
function FilterErrorNotice({ error }: { error: NonNullable<HookStatus['filter_error']> }) {
  return (
    <Notice
      tone="warn"
      title="Its filter failed for an event"
      actions={
        <Link to="/events/$id" params={{ id: error.event_id }} className="button button-plain">
          See the event
        </Link>
      }
    >
      <code className="wrap">{error.message}</code>
      <p>
        It last failed <Ago at={error.time} />. The hook does not hear events for which its filter fails.
      </p>
    </Notice>
  );
}
