import { fromLocalInput, toLocalInput } from '../ui/local-time.ts';
import type { WidgetProps } from './field-props.ts';
import { Labelled } from './labelled.tsx';

/** A moment, typed in the browser's time zone. The value is ISO 8601 in UTC. */
export function TimeField({ value, onChange, error, label, description = '' }: WidgetProps) {
  const [purpose = ''] = description.split('. ');
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return (
    <Labelled label={label} description={`${purpose}. Your time zone is ${timeZone}.`} error={error}>
      {(ids) => (
        <input
          {...ids}
          type="datetime-local"
          step={1}
          value={typeof value === 'string' ? toLocalInput(value) : ''}
          onChange={({ target }) => onChange(fromLocalInput(target.value))}
        />
      )}
    </Labelled>
  );
}
