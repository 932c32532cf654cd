import { Fragment, type ReactNode } from 'react';
import { useApi } from '../api/queries.ts';
import type { Hook, HookStatus } from '../api/types.ts';
import { CodeBlock } from '../ui/code-block.tsx';
import { CopyAs, Id } from '../ui/copy.tsx';
import { At } from '../ui/time.tsx';
import { hookAsYaml } from './copy-as.ts';
import { listConfig, listFields } from './hook-settings-rows.tsx';

/** A hook's settings, to read: those that it sets, and the defaults of the others. */
export function HookSettings({ hook }: { hook: Hook }) {
  const { config } = hook;
  const status = useApi<HookStatus>(`/event-hooks/${hook.id}/status`);
  const rows = [...listConfig(hook), ...listFields(hook, status.data?.defaults)];
  return (
    <section className="card">
      <h2>Settings</h2>
      <dl className="facts">
        {rows.map(({ name, value, isDefault }) => (
          <Fact key={name} name={name}>
            {isDefault ? (
              <span className="muted">
                {value} <span className="small">(default)</span>
              </span>
            ) : (
              value
            )}
          </Fact>
        ))}
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
      <dt>
        <Breakable name={name} />
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A field's name that may be broken after its underscores, rather than within a word. */
function Breakable({ name }: { name: string }) {
  return name.split(/(?<=_)/).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a name never move
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ));
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
