import { Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import type { WidgetProps } from './field-props.ts';
import { FieldNote } from './labelled.tsx';

type Row = readonly [name: string, value: string];

/** Names and values, one pair per row. A row without a name is not part of the value yet. */
export function MapField({ value, onChange, error, label, description }: WidgetProps) {
  const [rows, setRows] = useState<readonly Row[]>(() => Object.entries((value ?? {}) as Record<string, string>));
  const change = (next: readonly Row[]): void => {
    setRows(next);
    const named = next.filter(([name]) => name !== '');
    onChange(named.length === 0 && value === undefined ? undefined : Object.fromEntries(named));
  };
  return (
    <fieldset className={error === undefined ? 'field' : 'field field-bad'}>
      <legend className="field-label">{label}</legend>
      {rows.map(([name, text], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their index
        <div key={index} className="map-row">
          <input
            aria-label={`${label}, name ${index + 1}`}
            placeholder="name"
            value={name}
            spellCheck={false}
            onChange={({ target }) => change(rows.with(index, [target.value, text]))}
          />
          <input
            aria-label={`${label}, value ${index + 1}`}
            placeholder="value"
            value={text}
            spellCheck={false}
            onChange={({ target }) => change(rows.with(index, [name, target.value]))}
          />
          <button type="button" className="icon-button" title="Remove" onClick={() => change(rows.toSpliced(index, 1))}>
            <Trash2 aria-hidden="true" />
            <span className="visually-hidden">
              Remove {label} {index + 1}
            </span>
          </button>
        </div>
      ))}
      <div>
        <Button kind="quiet" onClick={() => change([...rows, ['', '']])}>
          <Plus aria-hidden="true" /> Add
        </Button>
      </div>
      <FieldNote description={description} error={error} />
    </fieldset>
  );
}
