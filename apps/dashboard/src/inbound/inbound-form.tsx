import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { ApiFailure, apiUrl } from '../api/client.ts';
import type { FaultTree } from '../api/types.ts';
import { FaultSummary, placeOf } from '../hook-form/fault-summary.tsx';
import { faultAt } from '../hook-form/faults.ts';
import { HookField } from '../hook-form/field.tsx';
import { Labelled } from '../hook-form/labelled.tsx';
import { LeaveGuard } from '../hook-form/leave-guard.tsx';
import type { FieldSpec } from '../hook-form/schema.ts';
import { Button } from '../ui/button.tsx';
import { bodyOf, type EndpointValues } from './inbound-draft.ts';
import { SecretsField } from './secrets-field.tsx';
import { SenderSteps } from './sender-steps-card.tsx';
import { asPreset, nameSender } from './senders.ts';

const names = ['method', 'query', 'headers', 'body', 'raw', 'item'] as const;

/** Asked for at the beginning, each with a widget of its own. */
const ownWidgets: ReadonlySet<string> = new Set(['name', 'preset', 'verify.secrets']);

const SECTIONS = [
  [
    'verify.',
    'Verification',
    'How a request shows that the sender made it. The preset says so; what you give here replaces it.',
  ],
  ['map.', 'Mapping', 'CEL expressions over method, query, headers, body, raw and item. Each replaces the preset’s.'],
  ['respond.', 'Challenge', 'The question that some senders ask before they send anything.'],
  ['', 'More', null],
] as const;

/** The form of an endpoint, made from the API's own schema. */
export function InboundForm({
  fields,
  initial,
  isNew = false,
  submitLabel,
  onSubmit,
  cancel,
}: {
  fields: FieldSpec[];
  initial: EndpointValues;
  isNew?: boolean;
  submitLabel: string;
  onSubmit: (body: Record<string, unknown>) => Promise<unknown>;
  cancel: ReactNode;
}) {
  const [values, setValues] = useState(initial);
  const isSaved = useRef(false);
  const save = useMutation({
    mutationFn: () => {
      isSaved.current = true;
      return onSubmit(bodyOf(values, fields, isNew ? undefined : initial));
    },
    onError: () => {
      isSaved.current = false;
    },
  });
  const faults: FaultTree = save.error instanceof ApiFailure ? save.error.fields : {};
  const set = (path: string, value: unknown): void => setValues((before) => ({ ...before, [path]: value }));
  const name = typeof values.name === 'string' ? values.name : '';
  const preset = asPreset(values.preset);
  const presets = fields.find(({ path }) => path === 'preset')?.choices ?? [];
  return (
    <form
      className="split"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <LeaveGuard hasEdits={() => !isSaved.current && JSON.stringify(values) !== JSON.stringify(initial)} />
      <div className="stack">
        <section className="card">
          <h2>The sender</h2>
          <div id={placeOf('preset')}>
            <Labelled
              label="Sender"
              description="The preset knows how the sender signs, and what its requests mean."
              error={faultAt(faults, 'preset')}
            >
              {(ids) => (
                <select
                  {...ids}
                  value={preset ?? ''}
                  onChange={({ target }) => {
                    set('preset', target.value === '' ? undefined : target.value);
                    if (isNew && (name === '' || name === preset)) set('name', target.value);
                  }}
                >
                  <option value="">None of these: I set everything myself</option>
                  {presets.map((one) => (
                    <option key={one} value={one}>
                      {nameSender(one)}
                    </option>
                  ))}
                </select>
              )}
            </Labelled>
          </div>
          <div id={placeOf('name')}>
            <Labelled
              label="Name"
              description="The last part of the URL: letters, digits and . _ ~ -"
              error={faultAt(faults, 'name')}
              isRequired
            >
              {(ids) => (
                <input
                  {...ids}
                  spellCheck={false}
                  readOnly={!isNew}
                  value={name}
                  onChange={({ target }) => set('name', target.value)}
                />
              )}
            </Labelled>
          </div>
          <div id={placeOf('verify.secrets')}>
            <SecretsField
              value={values['verify.secrets']}
              onChange={(secrets) => set('verify.secrets', secrets)}
              error={faultAt(faults, 'verify.secrets')}
            />
          </div>
        </section>
        {SECTIONS.map(([prefix, title, hint]) => (
          <Section key={title} title={title} hint={hint} isOpen={hasFault(faults, prefix)}>
            {fields
              .filter(({ path }) => !ownWidgets.has(path) && prefixOf(path) === prefix)
              .map((spec) => (
                <div key={spec.path} id={placeOf(spec.path)}>
                  <HookField
                    spec={dress(spec)}
                    value={values[spec.path]}
                    onChange={(value) => set(spec.path, value)}
                    error={faultAt(faults, spec.path)}
                    names={[]}
                    expressionNames={names}
                    language="json"
                  />
                </div>
              ))}
          </Section>
        ))}
        {save.isError && <FaultSummary message={save.error.message} faults={faults} fields={fields.map(dress)} />}
        <div className="form-actions">
          <Button type="submit" kind="primary" isBusy={save.isPending}>
            {submitLabel}
          </Button>
          {cancel}
        </div>
      </div>
      <aside className="stack">
        <SenderSteps
          preset={preset}
          url={new URL(apiUrl(`/in/${name === '' ? 'NAME' : name}`), location.origin).href}
        />
      </aside>
    </form>
  );
}

function Section({
  title,
  hint,
  isOpen,
  children,
}: {
  title: string;
  hint: string | null;
  isOpen: boolean;
  children: ReactNode;
}) {
  return (
    <details className="card" open={isOpen}>
      <summary>
        <h2>{title}</h2>
      </summary>
      <div className="stack">
        {hint !== null && <p className="muted small">{hint}</p>}
        {children}
      </div>
    </details>
  );
}

/** `verify.` of `verify.header`; empty for a field of the endpoint itself. */
function prefixOf(path: string): string {
  return path.includes('.') ? `${path.split('.')[0]}.` : '';
}

function hasFault(faults: FaultTree, prefix: string): boolean {
  return prefix !== '' && faults[prefix.slice(0, -1)] !== undefined;
}

/** The label and the editor of a field: the API's schema says neither. */
function dress(spec: FieldSpec): FieldSpec {
  const name = (spec.path.split('.').at(-1) ?? '').replaceAll('_', ' ');
  const label = name.replace(/^\w/, (first) => first.toUpperCase());
  if (spec.path.startsWith('map.')) return { ...spec, label, form: { label, section: 'more', editor: 'expression' } };
  if (spec.path === 'enabled') return { ...spec, label, form: { label, section: 'more', default: true } };
  return { ...spec, label };
}
