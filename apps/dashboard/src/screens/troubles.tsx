import { Link } from '@tanstack/react-router';
import { TriangleAlert } from 'lucide-react';
import { nameHook, useHooks, useLiveApi } from '../api/queries.ts';
import type { Stats } from '../api/types.ts';
import { Elapsed } from '../ui/time.tsx';
import { describeDisabling } from './hook-state.tsx';

/** The problems that need attention now; nothing when all is well. */
export function Troubles() {
  const stats = useLiveApi<Stats>('/stats?range=1h');
  const hooks = useHooks();
  const byId = new Map(hooks.data?.data.map((hook) => [hook.id, hook]));
  const troubled = stats.data?.troubled_hooks ?? [];
  if (troubled.length === 0) return null;
  return (
    <section className="troubles" aria-label="Hooks in trouble">
      <h2>
        <TriangleAlert aria-hidden="true" />{' '}
        {troubled.length === 1 ? 'One hook needs' : `${troubled.length} hooks need`} attention
      </h2>
      <ul>
        {troubled.map(({ hook_id, enabled, disabled_reason, failing_since, breaker }) => (
          <li key={hook_id}>
            <Link to="/hooks/$id" params={{ id: hook_id }}>
              {nameHook(byId.get(hook_id), hook_id)}
            </Link>
            {!enabled ? (
              ` is disabled. ${describeDisabling(disabled_reason)}`
            ) : (
              <>
                {breaker !== 'closed' && ' waits until its endpoint answers again: its circuit breaker is open. '}
                {failing_since !== null && (
                  <>
                    {breaker === 'closed' ? ': every' : 'Every'} delivery has failed for{' '}
                    <Elapsed since={failing_since} />.
                  </>
                )}
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
