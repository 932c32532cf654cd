import { type ReactNode, useId } from 'react';

export interface Ids {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': boolean;
}

/** A field with its label, and below it its fault, or else its purpose. */
export function Labelled({
  label,
  description,
  error,
  isRequired = false,
  children,
}: {
  label: string;
  description?: string | undefined;
  error?: string | undefined;
  isRequired?: boolean;
  children: (ids: Ids) => ReactNode;
}) {
  const id = useId();
  const note = error ?? description;
  return (
    <div className={error === undefined ? 'field' : 'field field-bad'}>
      <label htmlFor={id}>
        {label}
        {isRequired && <span className="muted"> (required)</span>}
      </label>
      {children({
        id,
        'aria-describedby': note === undefined ? undefined : `${id}-note`,
        'aria-invalid': error !== undefined,
      })}
      <FieldNote id={`${id}-note`} description={description} error={error} />
    </div>
  );
}

export function FieldNote({
  id,
  description,
  error,
}: {
  id?: string;
  description: string | undefined;
  error: string | undefined;
}) {
  if (error !== undefined) {
    return (
      <p id={id} className="field-error">
        {error}
      </p>
    );
  }
  if (description === undefined) return null;
  return (
    <p id={id} className="field-help">
      <Prose text={description} />
    </p>
  );
}

/** A text with its `names` as code. */
export function Prose({ text }: { text: string }) {
  return text.split('`').map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never move
    index % 2 === 1 ? <code key={index}>{part}</code> : part,
  );
}
