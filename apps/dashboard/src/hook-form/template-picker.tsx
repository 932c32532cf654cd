import {
  buildFromTemplate,
  HOOK_TEMPLATES,
  type HookTemplate,
  isHookTemplate,
} from '@eventhooks/contract/hook-templates';
import { useState } from 'react';
import type { Draft } from './draft.ts';
import { Labelled } from './labelled.tsx';

/** The parts of a draft that a template fills in. */
const filledFields = ['url', 'method', 'headers', 'payload', 'body'] as const;

/** A known receiver to start from: its inputs fill in the request, which can be changed afterwards. */
export function TemplatePicker({
  draft,
  fields,
  chosen,
  onFill,
}: {
  draft: Draft;
  /** The fields of the event, from the catalogue. */
  fields: readonly string[];
  /** The template to begin with. */
  chosen: string | undefined;
  onFill: (values: Record<string, unknown>) => void;
}) {
  const [name, setName] = useState(chosen ?? '');
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const template: HookTemplate | null = isHookTemplate(name) ? HOOK_TEMPLATES[name] : null;
  const fill = (next: string, given: Readonly<Record<string, string>>): void => {
    setName(next);
    setValues(given);
    if (!isHookTemplate(next)) return;
    const subject = { source: draft.source, event: draft.event === '' ? null : draft.event, fields };
    const built = buildFromTemplate(next, given, subject);
    if (!built.ok) return;
    const config: Readonly<Record<string, unknown>> = { ...built.config };
    onFill(Object.fromEntries(filledFields.map((field) => [`config.${field}`, config[field]])));
  };
  return (
    <section className="card">
      <h2>Start from a known receiver</h2>
      <Labelled
        label="Receiver"
        description={template?.description ?? 'Fills in the request below. You can change it afterwards.'}
      >
        {(ids) => (
          <select {...ids} value={name} onChange={({ target }) => fill(target.value, {})}>
            <option value="">None: write the request yourself</option>
            {Object.entries(HOOK_TEMPLATES).map(([one, { label }]) => (
              <option key={one} value={one}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      {template?.inputs.map((input) => (
        <Labelled
          key={input.name}
          label={input.label}
          description={input.hint}
          isRequired={input.default === undefined}
        >
          {(ids) => (
            <input
              {...ids}
              type={input.isSecret && input.name !== 'url' ? 'password' : 'text'}
              autoComplete="off"
              spellCheck={false}
              placeholder={input.default ?? input.example}
              value={values[input.name] ?? ''}
              onChange={({ target }) => fill(name, { ...values, [input.name]: target.value })}
            />
          )}
        </Labelled>
      ))}
      {template !== null && (
        <p className="small muted">
          The request is filled in once all required values are given.{' '}
          <a href={template.docs} target="_blank" rel="noreferrer">
            {template.label} describes its format
          </a>
          .
        </p>
      )}
    </section>
  );
}
