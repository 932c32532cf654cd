import type { ReactNode } from 'react';
import type { Hook } from '../api/types.ts';
import { CodeBlock } from '../ui/code-block.tsx';
import { CopyAs, Id } from '../ui/copy.tsx';
import { At, formatDuration } from '../ui/time.tsx';
import { hookAsYaml } from './copy-as.ts';
import { nameEvents } from './describe-events.ts';

/** Fields that have their own section, or that are not meant to be read. */
const NOT_LISTED: ReadonlySet<string> = new Set(['functions', 'payload', 'body', 'headers', 'secret', 'client_key']);

/** A hook's settings, to read. */
export function HookSettings({ hook }: { hook: Hook }) {
  const { config } = hook;
  const rows = Object.entries(config).filter(([name, value]) => !NOT_LISTED.has(name) && value !== null);
  return (
    <section className="card">
      <h2>Settings</h2>
      <dl className="facts">
        {rows.map(([name, value]) => (
          <Fact key={name} name={name}>
            <code className="wrap">{String(value)}</code>
          </Fact>
        ))}
        <Fact name="events">{nameEvents(hook)}</Fact>
        {hook.filter && (
          <Fact name="filter">
            <code className="wrap">{hook.filter}</code>
          </Fact>
        )}
        {hook.expires_at && (
          <Fact name="expires_at">
            <At at={hook.expires_at} />
          </Fact>
        )}
        {hook.on_change === true && <Fact name="on_change">fires only when the data changed</Fact>}
        {hook.snooze !== null && (
          <Fact name="snooze">
            {formatDuration(hook.snooze)}
            {hook.snooze_edge ? `, ${hook.snooze_edge} edge` : ''}
          </Fact>
        )}
        {hook.batch !== undefined && hook.batch !== null && (
          <Fact name="batch">
            up to {hook.batch.size} events, {formatDuration(hook.batch.wait)} after the first at the latest
          </Fact>
        )}
        {hook.order_by && (
          <Fact name="order_by">
            <code className="wrap">{hook.order_by}</code>
            {hook.on_exhausted === 'hold' ? ', holds when exhausted' : ''}
          </Fact>
        )}
        {hook.tags !== undefined && hook.tags.length > 0 && <Fact name="tags">{hook.tags.join(', ')}</Fact>}
        <Fact name="changed">
          <At at={hook.updated_at} />
        </Fact>
        <Fact name="id">
          <Id id={hook.id} label="the hook’s id" />
        </Fact>
      </dl>
      <Texts config={config} />
      <div>
        <CopyAs label="Copy as YAML" make={() => hookAsYaml(hook)} />
      </div>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
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
