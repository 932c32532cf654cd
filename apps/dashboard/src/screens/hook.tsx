import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { ArrowRight, Pencil } from 'lucide-react';
import { useMemo } from 'react';
import { api } from '../api/client.ts';
import { nameHook, refresh, useHook, useLiveApi } from '../api/queries.ts';
import type { Delivery, Hook, HookStatus, Page, Stats } from '../api/types.ts';
import { Chart } from '../charts/chart.tsx';
import { useCanChange } from '../session/session.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { ConfirmButton } from '../ui/confirm.tsx';
import { Id } from '../ui/copy.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Empty, Loaded } from '../ui/states.tsx';
import { At, formatDuration, formatMs } from '../ui/time.tsx';
import { say } from '../ui/toasts.tsx';
import { DeliveryTable } from './delivery-table.tsx';
import { HookState, HookTrouble } from './hook-state.tsx';
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
        <HookState hook={hook} status={status.data} /> {hook.source}/{hook.event ?? '*'} · {hook.handler}
      </PageHead>
      <HookTrouble hook={hook} status={status.data} />
      <div className="split">
        <div className="stack">
          <HookChart hook={hook} />
          <RecentDeliveries hook={hook} />
        </div>
        <aside className="stack">
          <Settings hook={hook} />
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
        It hears no more events, and what still waits for it is cancelled. Its past deliveries stay.
      </ConfirmButton>
      <ReplayDialog hook={hook} />
      <Link to="/hooks/$id/edit" params={{ id: hook.id }} className="button button-plain">
        <Pencil aria-hidden="true" /> Edit
      </Link>
      <TestDialog hook={hook} />
    </>
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
          <span className="tile-value number">{succeeded.toLocaleString('en')}</span>
        </li>
        <li className={failed > 0 ? 'tile tile-bad' : 'tile'}>
          <span className="tile-label">Failed attempts</span>
          <span className="tile-value number">{failed.toLocaleString('en')}</span>
        </li>
        <li className="tile">
          <span className="tile-label">Suppressed</span>
          <span className="tile-value number">{suppressed.toLocaleString('en')}</span>
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
          format={String}
          {...chart}
        />
      )}
    </>
  );
}

function RecentDeliveries({ hook }: { hook: Hook }) {
  const deliveries = useLiveApi<Page<Delivery>>(`/deliveries?hook=${hook.id}&size=15`);
  return (
    <section>
      <div className="section-head">
        <h2 className="section-title">Latest deliveries</h2>
        <Link to="/deliveries" search={{ hook: hook.id }} className="button button-quiet">
          All of them <ArrowRight aria-hidden="true" />
        </Link>
      </div>
      <Loaded query={deliveries}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="Nothing delivered yet">
              Send a test, or publish an event of {hook.source}/{hook.event ?? '*'}.
            </Empty>
          ) : (
            <DeliveryTable deliveries={data} hooks={[hook]} subject="event" />
          )
        }
      </Loaded>
    </section>
  );
}

/** Fields that have their own section, or that are not meant to be read. */
const NOT_LISTED: ReadonlySet<string> = new Set(['functions', 'payload', 'body', 'headers', 'secret']);

function Settings({ hook }: { hook: Hook }) {
  const { config } = hook;
  const rows = Object.entries(config).filter(([name, value]) => !NOT_LISTED.has(name) && value !== null);
  return (
    <section className="card">
      <h2>Settings</h2>
      <dl className="facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code className="wrap">{String(value)}</code>
            </dd>
          </div>
        ))}
        {hook.on_change === true && (
          <div>
            <dt>on_change</dt>
            <dd>fires only when the data changed</dd>
          </div>
        )}
        {hook.snooze !== null && (
          <div>
            <dt>snooze</dt>
            <dd>{formatDuration(hook.snooze)}</dd>
          </div>
        )}
        {hook.tags !== undefined && hook.tags.length > 0 && (
          <div>
            <dt>tags</dt>
            <dd>{hook.tags.join(', ')}</dd>
          </div>
        )}
        <div>
          <dt>changed</dt>
          <dd>
            <At at={hook.updated_at} />
          </dd>
        </div>
        <div>
          <dt>id</dt>
          <dd>
            <Id id={hook.id} label="the hook’s id" />
          </dd>
        </div>
      </dl>
      <Texts config={config} />
    </section>
  );
}

function Texts({ config }: { config: Hook['config'] }) {
  const { functions, payload, body, headers } = config;
  const hasHeaders = typeof headers === 'object' && headers !== null && Object.keys(headers).length > 0;
  return (
    <>
      {hasHeaders && <Named title="Headers" text={JSON.stringify(headers)} />}
      {typeof payload === 'object' && payload !== null && <Named title="Payload" text={JSON.stringify(payload)} />}
      {typeof body === 'string' && <Named title="Body" text={body} />}
      {Array.isArray(functions) &&
        functions.map((source, index) => (
          <Named
            key={String(source)}
            title={functions.length === 1 ? 'Function' : `Function ${index + 1}`}
            text={String(source)}
          />
        ))}
    </>
  );
}

function Named({ title, text }: { title: string; text: string }) {
  return (
    <>
      <h3>{title}</h3>
      <CodeBlock text={text} label={title.toLowerCase()} />
    </>
  );
}
