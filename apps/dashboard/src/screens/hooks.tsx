import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { nameHook, urlOf, useHooks, useLiveApi } from '../api/queries.ts';
import type { Hook, HookStats, Stats } from '../api/types.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { useCanChange } from '../session/session.tsx';
import { formatCount, formatShare } from '../ui/count.ts';
import { DocsLink } from '../ui/docs-link.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Empty, Loaded } from '../ui/states.tsx';
import { nameEvents } from './describe-events.ts';
import { HookState } from './hook-state.tsx';
import { HookSwitch, switchesOf } from './hook-switches.tsx';

/** Rows shown at once; the search finds the others. */
const shownHooks = 100;

/** All hooks with their health. */
export function Hooks() {
  const hooks = useHooks();
  const [text, setText] = useState('');
  const canChange = useCanChange();
  return (
    <>
      <PageHead
        title="Hooks"
        actions={
          canChange && (
            <Link to="/hooks/new" className="button button-primary">
              <Plus aria-hidden="true" /> New hook
            </Link>
          )
        }
      >
        Each hook says which events are sent where. <DocsLink page="handlers" />
      </PageHead>
      <Loaded query={hooks}>
        {({ data, next }) =>
          data.length === 0 ? (
            <Empty title="No hooks yet">Create one, publish an event, and watch it arrive.</Empty>
          ) : (
            <>
              <search className="filters">
                <input
                  type="search"
                  aria-label="Find a hook"
                  placeholder="Find by name, URL, event or tag"
                  value={text}
                  onChange={({ target }) => setText(target.value)}
                />
                {next !== null && <span className="muted small">The first 1,000 hooks.</span>}
              </search>
              <HookTable hooks={data.filter((hook) => fits(hook, text))} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function fits(hook: Hook, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/);
  const all = [
    hook.id,
    hook.name,
    hook.source,
    hook.event,
    ...(hook.events ?? []),
    hook.handler,
    urlOf(hook),
    ...(hook.tags ?? []),
  ]
    .join(' ')
    .toLowerCase();
  return words.every((word) => all.includes(word));
}

function HookTable({ hooks }: { hooks: Hook[] }) {
  const canChange = useCanChange();
  const shown = hooks.slice(0, shownHooks);
  const stats = useLiveApi<{ data: HookStats[] }>(`/stats/hooks?range=24h&ids=${shown.map(({ id }) => id).join(',')}`, {
    enabled: shown.length > 0,
  });
  const overview = useLiveApi<Stats>('/stats?range=1h');
  const statsOf = new Map(stats.data?.data.map((one) => [one.hook_id, one]));
  const troubleOf = new Map(overview.data?.troubled_hooks.map((one) => [one.hook_id, one]));
  if (hooks.length === 0) return <Empty title="No hook matches" />;
  return (
    <div className="table-frame">
      <table className="table table-rows">
        <thead>
          <tr>
            <th scope="col">Hook</th>
            <th scope="col">State</th>
            <th scope="col" className="wide">
              Hears
            </th>
            <th scope="col" className="wider">
              Last 24 hours
            </th>
            <th scope="col" className="end">
              Succeeded
            </th>
            {canChange && (
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {shown.map((hook) => {
            const own = statsOf.get(hook.id);
            const trouble = troubleOf.get(hook.id);
            return (
              <tr key={hook.id} className="row-link">
                <td>
                  <Link to="/hooks/$id" params={{ id: hook.id }} className="row-target">
                    {nameHook(hook, hook.id)}
                  </Link>
                  <span className="row-note muted clip">{(hook.name && urlOf(hook)) || hook.handler}</span>
                </td>
                <td>
                  <HookState
                    hook={hook}
                    status={
                      trouble && {
                        failing_since: trouble.failing_since,
                        breaker: { state: trouble.breaker, opened_at: null, probe_at: null },
                      }
                    }
                  />
                </td>
                <td className="wide hears">
                  {nameEvents(hook)}
                  {hook.filter && <span className="muted"> with a filter</span>}
                </td>
                <td className="wider">
                  {own === undefined ? <span className="muted">no attempts</span> : <Sparkline series={own.series} />}
                </td>
                <td className="end number">{own === undefined ? <span className="muted">–</span> : shareOf(own)}</td>
                {canChange && (
                  <td className="row-actions">
                    {switchesOf(hook).map((to) => (
                      <HookSwitch key={to} hook={hook} to={to} isIcon />
                    ))}
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
      {hooks.length > shown.length && (
        <p className="table-note muted">{formatCount(hooks.length - shown.length)} more hooks: find them by name.</p>
      )}
    </div>
  );
}

function shareOf({ total: { succeeded, failed } }: HookStats): string {
  if (succeeded + failed === 0) return '–';
  return formatShare(succeeded / (succeeded + failed));
}
