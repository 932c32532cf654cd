import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { ArrowRight, Pencil, Signal } from 'lucide-react';
import { useMemo } from 'react';
import { api } from '../api/client.ts';
import { nameHook, refresh, useHook, useLiveApi } from '../api/queries.ts';
import type { Delivery, Hook, HookStatus, Page, Stats } from '../api/types.ts';
import { Chart } from '../charts/chart.tsx';
import { useCanChange } from '../session/session.tsx';
import { Button } from '../ui/button.tsx';
import { ConfirmButton } from '../ui/confirm.tsx';
import { formatCount } from '../ui/count.ts';
import { PageHead } from '../ui/page-head.tsx';
import { Empty, Loaded } from '../ui/states.tsx';
import { formatMs } from '../ui/time.tsx';
import { say } from '../ui/toasts.tsx';
import { AlertLink } from './alert-offer.tsx';
import { DeliveryTable } from './delivery-table.tsx';
import { describeEvents, nameEvents } from './describe-events.ts';
import { HookSettings } from './hook-settings.tsx';
import { HookState, HookTrouble } from './hook-state.tsx';
import { HookSwitch, switchesOf } from './hook-switches.tsx';
import { DeliverMissed, MissedNotice } from './missed.tsx';
import { canPing, pingAndSay } from './ping.ts';
import { ReplayDialog } from './replay-dialog.tsx';
import { SecretCard } from './secret-card.tsx';
import { TestDialog } from './test-dialog.tsx';

/** One hook: its health, its deliveries and its settings. */
export function HookScreen() {
  const { id = '' } = useParams({ strict: false });
  const hook = useHook(id);
  return <Loaded query={hook}>{(data) => <HookView key={data.id} hook={data} />}</Loaded>;
}

/** The stream reports only some changes of a hook's status, so the status is also polled. */
const statusEveryMs = 5_000;

function HookView({ hook }: { hook: Hook }) {
  const status = useLiveApi<HookStatus>(`/event-hooks/${hook.id}/status`, { everyMs: statusEveryMs });
  return (
    <>
      <PageHead title={nameHook(hook, hook.id)} actions={<Actions hook={hook} />}>
        <HookState hook={hook} status={status.data} /> {hook.handler} · hears {describeEvents(hook)}
      </PageHead>
      <HookTrouble hook={hook} status={status.data} />
      <MissedNotice hook={hook} />
      <div className="split">
        <div className="stack">
          <HookChart hook={hook} />
          <RecentDeliveries hook={hook} />
        </div>
        <aside className="stack">
          <HookSettings hook={hook} />
          {'secret' in hook.config && <SecretCard hook={hook} />}
        </aside>
      </div>
    </>
  );
}

function Actions({ hook }: { hook: Hook }) {
  const navigate = useNavigate();
  if (!useCanChange()) return null;
  return (
    <>
      <ConfirmButton
        label="Delete"
        title="Delete this hook?"
        confirm="Delete the hook"
        onConfirm={async () => {
          await api('DELETE', `/event-hooks/${hook.id}`);
          await refresh('/event-hooks');
          say('The hook is deleted');
          await navigate({ to: '/hooks' });
        }}
      >
        It hears no more events, and the deliveries that wait for it are cancelled. Its past deliveries stay.
      </ConfirmButton>
      {hook.source !== 'eventhooks' && <AlertLink hookId={hook.id} />}
      {switchesOf(hook)
        // The notice below has the way back.
        .filter((to) => to === 'pause' || to === 'disable')
        .toReversed()
        .map((to) => (
          <HookSwitch key={to} hook={hook} to={to} />
        ))}
      <Link to="/hooks/$id/edit" params={{ id: hook.id }} className="button button-plain">
        <Pencil aria-hidden="true" /> Edit
      </Link>
      {canPing(hook) && <PingButton hook={hook} />}
      <TestDialog hook={hook} />
    </>
  );
}

function PingButton({ hook }: { hook: Hook }) {
  const ping = useMutation({ mutationFn: () => pingAndSay(hook.id) });
  return (
    <Button isBusy={ping.isPending} onClick={() => ping.mutate()}>
      <Signal aria-hidden="true" /> Ping
    </Button>
  );
}

function HookChart({ hook }: { hook: Hook }) {
  const stats = useLiveApi<Stats>(`/stats?range=24h&hook=${hook.id}`);
  const { data } = stats;
  const chart = useMemo(
    () =>
      data && {
        times: data.buckets.map(({ start }) => Date.parse(start) / 1_000),
        series: [
          { label: 'Succeeded', colour: '--chart-ok', values: data.buckets.map(({ succeeded }) => succeeded) },
          { label: 'Failed', colour: '--chart-bad', values: data.buckets.map(({ failed }) => failed) },
          { label: 'Suppressed', colour: '--chart-calm', values: data.buckets.map(({ suppressed }) => suppressed) },
        ],
      },
    [data],
  );
  if (data === undefined || chart === undefined) return null;
  const { succeeded, failed, suppressed, duration_ms } = data.total;
  return (
    <>
      <ul className="tiles tiles-small">
        <li className="tile">
          <span className="tile-label">Succeeded, 24 h</span>
          <span className="tile-value number">{formatCount(succeeded)}</span>
        </li>
        <li className={failed > 0 ? 'tile tile-bad' : 'tile'}>
          <span className="tile-label">Failed attempts</span>
          <span className="tile-value number">{formatCount(failed)}</span>
        </li>
        <li className="tile">
          <span className="tile-label">Suppressed</span>
          <span className="tile-value number">{formatCount(suppressed)}</span>
        </li>
        <li className="tile">
          <span className="tile-label">95th percentile</span>
          <span className="tile-value number">{formatMs(duration_ms.p95)}</span>
        </li>
      </ul>
      {succeeded + failed + suppressed > 0 && (
        <Chart
          title="Attempts"
          description={`${succeeded} attempts succeeded and ${failed} failed in 24 hours`}
          shape="bars"
          format={formatCount}
          {...chart}
        />
      )}
    </>
  );
}

function RecentDeliveries({ hook }: { hook: Hook }) {
  const deliveries = useLiveApi<Page<Delivery>>(`/deliveries?hook=${hook.id}&size=15`);
  const canChange = useCanChange();
  return (
    <section>
      <div className="section-head">
        <h2 className="section-title">Latest deliveries</h2>
        <div className="section-actions">
          {canChange && <DeliverMissed hook={hook} />}
          {canChange && <ReplayDialog hook={hook} />}
          <Link to="/deliveries" search={{ hook: hook.id }} className="button button-quiet">
            All of them <ArrowRight aria-hidden="true" />
          </Link>
        </div>
      </div>
      <Loaded query={deliveries}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="Nothing delivered yet">
              Send a test, or publish an event that it hears: {nameEvents(hook)}.
            </Empty>
          ) : (
            <DeliveryTable deliveries={data} hooks={[hook]} subject="event" />
          )
        }
      </Loaded>
    </section>
  );
}
