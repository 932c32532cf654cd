import { useState } from 'react';
import type { WidgetProps } from './field-props.ts';
import { Labelled } from './labelled.tsx';

const other = '…';

/** A text with usual values to choose from, and a way to any other. */
export function SuggestedField({ spec, value, onChange, error, label, description }: WidgetProps) {
  const suggestions = spec.form?.suggestions ?? [];
  const text = typeof value === 'string' ? value : '';
  const [isOther, setOther] = useState(text !== '' && !suggestions.includes(text));
  return (
    <Labelled label={label} description={description} error={error} isRequired={spec.isRequired}>
      {(ids) => (
        <div className="input-group">
          <select
            {...ids}
            value={isOther ? other : text}
            onChange={({ target }) => {
              setOther(target.value === other);
              onChange(target.value === other ? undefined : target.value);
            }}
          >
            {text === '' && !isOther && <option value="">Choose</option>}
            {suggestions.map((suggestion) => (
              <option key={suggestion}>{suggestion}</option>
            ))}
            <option value={other}>Another</option>
          </select>
          {isOther && (
            <input
              aria-label={`Another ${label.toLowerCase()}`}
              aria-invalid={ids['aria-invalid']}
              spellCheck={false}
              maxLength={spec.maxLength}
              value={text}
              onChange={({ target }) => onChange(target.value === '' ? undefined : target.value.toUpperCase())}
            />
          )}
        </div>
      )}
    </Labelled>
  );
}
