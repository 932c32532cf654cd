import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowRight } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { nameHook, useHooks, useLiveApi } from '../api/queries.ts';
import type { Hook, Stats, StatsRange } from '../api/types.ts';
import { Chart } from '../charts/chart.tsx';
import { formatCount, formatShare } from '../ui/count.ts';
import { DocsLink } from '../ui/docs-link.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Loaded } from '../ui/states.tsx';
import { Countdown, formatMs } from '../ui/time.tsx';
import { AlertOffer } from './alert-offer.tsx';
import { FirstSteps } from './first-steps.tsx';
import { RANGES } from './search.ts';
import { Troubles } from './troubles.tsx';

/** The state of the workspace, at a glance and over time. */
export function Overview() {
  const { range = '24h' }: { range?: StatsRange } = useSearch({ strict: false });
  const stats = useLiveApi<Stats>(`/stats?range=${range}`);
  const hooks = useHooks();
  return (
    <>
      <PageHead title="Overview" actions={<RangeSwitch range={range} />}>
        How events reach their hooks. <DocsLink page="concepts">The words used here</DocsLink>
      </PageHead>
      {hooks.data !== undefined && <FirstSteps hooks={hooks.data.data} />}
      <Troubles />
      <AlertOffer hooks={hooks.data?.data ?? []} />
      <Loaded query={stats}>{(data) => <Figures stats={data} hooks={hooks.data?.data ?? []} range={range} />}</Loaded>
    </>
  );
}

function RangeSwitch({ range }: { range: StatsRange }) {
  const navigate = useNavigate();
  return (
    <fieldset className="segments">
      <legend className="visually-hidden">Time</legend>
      {Object.entries(RANGES).map(([name, label]) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === range}
          onClick={() => void navigate({ to: '/', search: { range: name as StatsRange }, replace: true })}
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}

function Figures({ stats, hooks, range }: { stats: Stats; hooks: Hook[]; range: StatsRange }) {
  const { total, backlog } = stats;
  const attempts = total.succeeded + total.failed;
  const open = stats.troubled_hooks.filter(({ breaker }) => breaker !== 'closed').length;
  const times = useMemo(() => stats.buckets.map(({ start }) => Date.parse(start) / 1_000), [stats]);
  const charts = useMemo(() => chartsOf(stats), [stats]);
  return (
    <>
      <ul className="tiles">
        <Tile label="Events" value={count(total.events)} />
        <Tile
          label="Success rate"
          value={attempts === 0 ? '–' : formatShare(total.succeeded / attempts)}
          tone={attempts > 0 && total.failed / attempts > 0.05 ? 'bad' : 'ok'}
          detail={`${count(total.failed)} of ${count(attempts)} failed`}
        />
        <Tile
          label="95% took less than"
          value={formatMs(total.duration_ms.p95)}
          detail={`median ${formatMs(total.duration_ms.p50)}`}
        />
        <Tile
          label="Exhausted"
          value={count(total.exhausted)}
          tone={total.exhausted > 0 ? 'bad' : 'ok'}
          to={{ status: 'exhausted', within: range }}
        />
        <Tile label="Suppressed" value={count(total.suppressed)} to={{ status: 'suppressed', within: range }} />
        <Tile label="Breakers open" value={count(open)} tone={open > 0 ? 'bad' : 'ok'} />
        <Tile
          label="Waiting now"
          value={backlog.waiting >= 10_000 ? '10,000+' : count(backlog.waiting)}
          to={{ status: 'waiting' }}
          detail={
            backlog.next_due_at === null ? (
              `${count(backlog.undispatched_events)} events to dispatch`
            ) : (
              <>
                due <Countdown until={backlog.next_due_at} over="now" />
              </>
            )
          }
        />
      </ul>
      <Chart
        title="Attempts"
        description={`${total.succeeded} attempts succeeded and ${total.failed} failed, ${total.suppressed} deliveries were suppressed`}
        times={times}
        series={charts.attempts}
        shape="bars"
        format={count}
      />
      <div className="columns">
        <Chart
          title="Events published"
          description={`${total.events} events were published`}
          times={times}
          series={charts.events}
          shape="bars"
          format={count}
        />
        <Chart
          title="Duration of attempts"
          description={`Half of the attempts took less than ${formatMs(total.duration_ms.p50)}, 95% less than ${formatMs(total.duration_ms.p95)}`}
          times={times}
          series={charts.durations}
          shape="lines"
          format={formatMs}
        />
      </div>
      <WorstHooks stats={stats} hooks={hooks} range={range} />
    </>
  );
}

function chartsOf({ buckets }: Stats) {
  return {
    attempts: [
      { label: 'Succeeded', colour: '--chart-ok', values: buckets.map(({ succeeded }) => succeeded) },
      { label: 'Failed', colour: '--chart-bad', values: buckets.map(({ failed }) => failed) },
      { label: 'Suppressed', colour: '--chart-calm', values: buckets.map(({ suppressed }) => suppressed) },
    ],
    events: [{ label: 'Events', colour: '--chart-accent', values: buckets.map(({ events }) => events) }],
    durations: [
      { label: 'Median', colour: '--chart-accent', values: buckets.map(({ duration_ms }) => duration_ms.p50) },
      { label: '95th percentile', colour: '--chart-warn', values: buckets.map(({ duration_ms }) => duration_ms.p95) },
    ],
  };
}

function Tile({
  label,
  value,
  detail,
  tone,
  to,
}: {
  label: string;
  value: string;
  detail?: ReactNode;
  tone?: 'ok' | 'bad';
  to?: Record<string, string>;
}) {
  return (
    <li className={tone === 'bad' ? 'tile tile-bad' : 'tile'}>
      <span className="tile-label">
        {to === undefined ? (
          label
        ) : (
          <Link to="/deliveries" search={to} className="tile-link">
            {label}
          </Link>
        )}
      </span>
      <span className="tile-value number">{value}</span>
      {detail !== undefined && <span className="tile-detail muted">{detail}</span>}
    </li>
  );
}

function WorstHooks({ stats, hooks, range }: { stats: Stats; hooks: Hook[]; range: StatsRange }) {
  if (stats.worst_hooks.length === 0) return null;
  const byId = new Map(hooks.map((hook) => [hook.id, hook]));
  return (
    <section className="card">
      <h2>Hooks with the most failures</h2>
      <ul className="worst">
        {stats.worst_hooks.map(({ hook_id, failed, succeeded, duration_ms }) => (
          <li key={hook_id}>
            <Link to="/hooks/$id" params={{ id: hook_id }} className="clip">
              {nameHook(byId.get(hook_id), hook_id)}
            </Link>
            <meter
              className="meter-bad"
              min={0}
              max={failed + succeeded}
              value={failed}
              title={`${formatCount(failed)} of ${formatCount(failed + succeeded)} attempts failed`}
            >
              {failed}
            </meter>
            <span className="number">{formatShare(failed / (failed + succeeded))} failed</span>
            <span className="number muted wide-inline">p95 {formatMs(duration_ms.p95)}</span>
            <Link to="/deliveries" search={{ hook: hook_id, within: range }} className="button button-quiet">
              Deliveries <ArrowRight aria-hidden="true" />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

function count(value: number): string {
  return value < 100_000 ? formatCount(value) : compact.format(value);
}
