import { useQuery } from '@tanstack/react-query';
import { pathQuery } from '../api/queries.ts';
import type { Capacity as CapacityLines } from '../api/types.ts';
import { DocsLink } from '../ui/docs-link.tsx';
import type { Tone } from '../ui/notice.tsx';
import { Loaded } from '../ui/states.tsx';
import { Pill } from '../ui/status.tsx';

type Level = CapacityLines['data'][number]['level'];

const LOOKS = {
  good: { tone: 'ok', label: 'Good' },
  warn: { tone: 'warn', label: 'Look at it' },
  unknown: { tone: 'calm', label: 'Not known' },
} as const satisfies Record<Level, { tone: Tone; label: string }>;

const askEveryMs = 60_000;

/** Measurements of disk, connections, vacuum and Redis, each with advice. */
export function Capacity() {
  const capacity = useQuery({ ...pathQuery<CapacityLines>('/system/capacity'), refetchInterval: askEveryMs });
  return (
    <section className="card">
      <h2>Capacity</h2>
      <p className="muted small">
        What runs out first, as measured. <DocsLink page="operations" />
      </p>
      <Loaded query={capacity}>
        {({ data }) => (
          <table className="table capacity">
            <thead>
              <tr>
                <th scope="col">Measured</th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              {data.map(({ name, level, message, advice }) => (
                <tr key={name}>
                  <td>
                    {message}
                    {advice !== null && <span className="row-note muted">{advice}</span>}
                  </td>
                  <td>
                    <Pill tone={LOOKS[level].tone}>{LOOKS[level].label}</Pill>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Loaded>
    </section>
  );
}
