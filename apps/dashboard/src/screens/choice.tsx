import { type ReactNode, useId } from 'react';

/** A select whose first choice is "all". */
export function Choice({
  label,
  value,
  onChange,
  children,
  isDisabled = false,
  all = 'All',
}: {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  children: ReactNode;
  isDisabled?: boolean;
  all?: string;
}) {
  const id = useId();
  return (
    <div className={value === undefined ? 'choice' : 'choice choice-set'}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value ?? ''}
        disabled={isDisabled}
        onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.value)}
      >
        <option value="">{all}</option>
        {children}
      </select>
    </div>
  );
}
