import { useNavigate, useSearch } from '@tanstack/react-router';
import { useApi } from '../api/queries.ts';
import type { AuditEntry, Page } from '../api/types.ts';
import { formatCount } from '../ui/count.ts';
import { PageHead } from '../ui/page-head.tsx';
import { Pager } from '../ui/pager.tsx';
import { Empty, Loaded } from '../ui/states.tsx';
import { Pill } from '../ui/status.tsx';
import { Ago } from '../ui/time.tsx';
import { Choice } from './choice.tsx';
import { AUDITED, type AuditSearch } from './search.ts';

const pageSize = 50;

const ACTIONS = { create: 'ok', update: 'calm', delete: 'bad' } as const satisfies Record<AuditEntry['action'], string>;

const NAMES = {
  deliveries: 'delivery',
  event_hooks: 'hook',
  inbound_endpoints: 'inbound endpoint',
  replays: 'replay',
  sources: 'source',
  tokens: 'token',
  workspaces: 'workspace',
} as const satisfies Record<AuditEntry['entity'], string>;

/** The audit log: all changes, with their callers. */
export function Audit() {
  const { entity, offset }: AuditSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const query = new URLSearchParams({ size: String(pageSize), ...(entity && { entity }), ...(offset && { offset }) });
  const entries = useApi<Page<AuditEntry>>(`/audit?${query}`);
  return (
    <>
      <PageHead title="Audit log">Every change with its author. The newest come first.</PageHead>
      <search className="filters">
        <Choice
          label="What"
          value={entity}
          onChange={(next) =>
            void navigate({ to: '/audit', search: { entity: next as AuditSearch['entity'] }, replace: true })
          }
        >
          {Object.entries(AUDITED).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </Choice>
      </search>
      <Loaded query={entries}>
        {(page) =>
          page.data.length === 0 ? (
            <Empty title="No changes yet">
              Changes of hooks, tokens, workspaces and the catalogue are listed here.
            </Empty>
          ) : (
            <>
              <ul className="audit">
                {page.data.map((entry) => (
                  <AuditRow key={entry.id} entry={entry} />
                ))}
              </ul>
              <Pager offset={offset} next={page.offset} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function AuditRow({ entry }: { entry: AuditEntry }) {
  const changes = listChanges(entry.before, entry.after);
  const secrets = listChangedSecrets(entry.after);
  const bulk = readBulk(entry);
  return (
    <li className="card audit-entry">
      <div className="audit-head">
        <Pill tone={ACTIONS[bulk === null ? entry.action : 'update']}>{bulk?.action ?? entry.action}</Pill>
        <strong>{bulk === null ? nameEntity(entry) : formatDeliveries(bulk.count)}</strong>
        <span className="muted small">
          {entry.actor.replace(/ \([0-9a-f-]{36}\)$/, '')} from {entry.address ?? 'inside'} ·{' '}
          <Ago at={entry.created_at} />
        </span>
      </div>
      {entry.action === 'update' && changes.length + secrets.length > 0 && (
        <dl className="changes">
          {changes.map(([name, before, after]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <del>{before}</del> <span aria-hidden="true">→</span> <ins>{after}</ins>
              </dd>
            </div>
          ))}
          {secrets.map((name) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>changed; the log keeps no secrets</dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}

/** A step of `POST /deliveries/bulk`. Its entity's id names nothing. */
function readBulk({ entity, before, after }: AuditEntry): { action: string; count: number } | null {
  const { action, count } = asObject(after);
  const isBulk = entity === 'deliveries' && before === null && typeof action === 'string' && typeof count === 'number';
  return isBulk ? { action, count } : null;
}

function formatDeliveries(count: number): string {
  return count === 1 ? 'one delivery' : `${formatCount(count)} deliveries`;
}

function nameEntity({ entity, entity_id, before, after }: AuditEntry): string {
  const state = (after ?? before) as { name?: string | null } | null;
  return `${NAMES[entity]} ${state?.name ?? entity_id}`;
}

/** The fields that differ, two levels deep, as text. Times are left out: the row shows when the change was made. */
function listChanges(before: unknown, after: unknown, prefix = ''): [string, string, string][] {
  const [old, now] = [asObject(before), asObject(after)];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((name) => {
    if (name === 'updated_at' || name === secretsChanged || JSON.stringify(old[name]) === JSON.stringify(now[name]))
      return [];
    if (name === 'config' && prefix === '') return listChanges(old[name], now[name], 'config.');
    return [[prefix + name, print(old[name]), print(now[name])]];
  });
}

/** The field of an entry's `after` that names the secrets which an update changed. */
const secretsChanged = 'secrets_changed';

function listChangedSecrets(after: unknown): string[] {
  const names = asObject(after)[secretsChanged];
  return Array.isArray(names) ? names.map(String) : [];
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

const shownCharacters = 200;

function print(value: unknown): string {
  if (value === null || value === undefined) return 'not set';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}
