import { useQuery } from '@tanstack/react-query';
import { pathQuery } from '../api/queries.ts';
import type { System } from '../api/types.ts';
import { formatCount } from '../ui/count.ts';
import { DocsLink } from '../ui/docs-link.tsx';
import { Notice } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Loaded } from '../ui/states.tsx';
import { Pill } from '../ui/status.tsx';
import { Ago } from '../ui/time.tsx';
import { Capacity } from './capacity.tsx';

const askEveryMs = 5_000;

/** The parts of the installation and their health. */
export function SystemScreen() {
  const system = useQuery({ ...pathQuery<System>('/system'), refetchInterval: askEveryMs });
  return (
    <>
      <PageHead title="System">
        Processes, queues, storage and versions. <DocsLink page="operations" />
      </PageHead>
      <Loaded query={system}>{(data) => <SystemView system={data} />}</Loaded>
    </>
  );
}

function SystemView({ system }: { system: System }) {
  const workers = system.processes.filter(({ kind, is_alive }) => kind === 'worker' && is_alive);
  const { queue, postgresql, archive } = system;
  return (
    <>
      {workers.length === 0 && (
        <Notice tone="bad" title="No worker is running: nothing is delivered">
          Events are accepted and wait. Start one with <code>npm run worker</code>, and they are delivered.
        </Notice>
      )}
      {queue.jobs === null && (
        <Notice tone="bad" title="The queue does not answer">
          Events are accepted and wait in PostgreSQL. Delivery goes on once it is back.
        </Notice>
      )}
      {queue.warnings.map((warning) => (
        <Notice key={warning} tone="warn" title="The queue may lose jobs">
          {warning}
        </Notice>
      ))}
      {archive?.failing_since && (
        <Notice tone="warn" title="The archive takes nothing">
          {archive.error}, since <Ago at={archive.failing_since} />. {formatCount(archive.days_waiting)} days past their
          retention wait in PostgreSQL. <DocsLink page="archive" />
        </Notice>
      )}
      <ul className="tiles">
        <Tile label="Workers" value={formatCount(workers.length)} />
        <Tile label="Events to dispatch" value={formatCount(system.undispatched_events)} />
        <Tile
          label="Jobs in the queue"
          value={
            queue.jobs === null
              ? '–'
              : formatCount(queue.jobs.reduce((sum, { waiting, active }) => sum + waiting + active, 0))
          }
        />
        <Tile
          label="Held back by pauses"
          value={formatCount(system.paused.deliveries)}
          detail={
            system.paused.hooks === 1 ? 'one hook is paused' : `${formatCount(system.paused.hooks)} hooks are paused`
          }
        />
        <Tile label="Database" value={formatBytes(postgresql.database_bytes)} />
        <Tile label="Version" value={system.version} />
      </ul>
      <section className="card">
        <h2>Processes</h2>
        <Processes system={system} />
      </section>
      <div className="columns">
        <section className="card">
          <h2>Queues</h2>
          <p className="muted small">On {queue.backend === 'redis' ? 'Redis' : 'PostgreSQL'}.</p>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Queue</th>
                <th scope="col" className="end">
                  Waiting
                </th>
                <th scope="col" className="end">
                  Active
                </th>
                <th scope="col" className="end">
                  Delayed
                </th>
              </tr>
            </thead>
            <tbody>
              {queue.jobs?.map(({ name, waiting, active, delayed }) => (
                <tr key={name}>
                  <td>{name}</td>
                  <td className="end number">{formatCount(waiting)}</td>
                  <td className="end number">{formatCount(active)}</td>
                  <td className="end number">{formatCount(delayed)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        <section className="card">
          <h2>Storage</h2>
          <p className="muted small">
            PostgreSQL {postgresql.version}. The size of each day that is kept. Older days are dropped whole
            {archive === null ? '.' : ', once they are archived.'}
            {archive?.last_day && ` The last one was ${archive.last_day}.`}
          </p>
          <Days days={postgresql.days} />
        </section>
      </div>
      <Capacity />
    </>
  );
}

function Processes({ system }: { system: System }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Process</th>
          <th scope="col">State</th>
          <th scope="col" className="wide">
            Version
          </th>
          <th scope="col" className="wide">
            Started
          </th>
          <th scope="col" className="end">
            Last seen
          </th>
        </tr>
      </thead>
      <tbody>
        {system.processes.map((one) => (
          <tr key={one.id}>
            <td>
              {one.kind}
              {one.is_scheduler && one.is_alive && <span className="muted"> · scheduler</span>}
              <span className="row-note muted clip">
                {one.host} · {one.pid}
              </span>
            </td>
            <td>{one.is_alive ? <Pill tone="ok">Alive</Pill> : <Pill tone="bad">Gone</Pill>}</td>
            <td className="wide">
              {one.version} <span className="muted">Node {one.node}</span>
            </td>
            <td className="wide">
              <Ago at={one.started_at} />
            </td>
            <td className="end">
              <Ago at={one.seen_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Days({ days }: { days: System['postgresql']['days'] }) {
  const largest = Math.max(1, ...days.map(({ bytes }) => bytes));
  return (
    <ul className="days">
      {days.map(({ day, bytes }) => (
        <li key={day}>
          <span className="number">{`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`}</span>
          <meter className="meter-accent" min={0} max={largest} value={bytes} aria-label={`Size of ${day}`} />
          <span className="number muted">{formatBytes(bytes)}</span>
        </li>
      ))}
    </ul>
  );
}

function Tile({ label, value, detail }: { label: string; value: string; detail?: string }) {
  return (
    <li className="tile">
      <span className="tile-label">{label}</span>
      <span className="tile-value number">{value}</span>
      {detail !== undefined && <span className="tile-detail muted">{detail}</span>}
    </li>
  );
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

function formatBytes(bytes: number): string {
  const power = Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1_000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${BYTE_UNITS[power]}`;
}
