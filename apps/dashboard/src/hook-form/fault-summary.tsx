import type { FaultTree } from '../api/types.ts';
import { Notice } from '../ui/notice.tsx';
import { faultAt } from './faults.ts';
import type { FieldSpec } from './schema.ts';

/** The id of the element around a field. */
export function placeOf(path: string): string {
  return `field-${path}`;
}

/** Moves the focus to a field's input, and opens the section around it. */
export function focusField(path: string): void {
  const place = document.getElementById(placeOf(path));
  place?.closest('details')?.setAttribute('open', '');
  place?.querySelector<HTMLElement>('input:not([hidden]), select, textarea, [contenteditable="true"], button')?.focus();
}

/** The fields with a fault, in the order of the form. */
export function listFaulty(faults: FaultTree, fields: readonly FieldSpec[]): { path: string; label: string }[] {
  const all = [{ path: 'source', label: 'Source' }, { path: 'event', label: 'Event' }, ...fields];
  return all.filter(({ path }) => faultAt(faults, path) !== undefined);
}

/** The reason why a hook was not saved, with a link to each field that is wrong. */
export function FaultSummary({
  message,
  faults,
  fields,
}: {
  message: string;
  faults: FaultTree;
  fields: readonly FieldSpec[];
}) {
  const faulty = listFaulty(faults, fields);
  return (
    <Notice tone="bad" title="It was not saved">
      {faulty.length === 0 ? (
        message
      ) : (
        <ul className="faults">
          {faulty.map(({ path, label }) => (
            <li key={path}>
              <a
                href={`#${placeOf(path)}`}
                onClick={(event) => {
                  event.preventDefault();
                  focusField(path);
                }}
              >
                {label}
              </a>
              : {faultAt(faults, path)}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
