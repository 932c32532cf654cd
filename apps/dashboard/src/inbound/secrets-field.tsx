import { Dices, Eye, EyeOff, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { FieldNote } from '../hook-form/labelled.tsx';
import { Button } from '../ui/button.tsx';
import { generateSecret } from '../ui/generate-secret.ts';

/** Masked inputs for an endpoint's secrets. While they are rotated there are several, and a signature by any of them is right. */
export function SecretsField({
  value,
  onChange,
  error,
}: {
  value: unknown;
  onChange: (value: string[]) => void;
  error: string | undefined;
}) {
  const secrets: readonly string[] = Array.isArray(value) && value.length > 0 ? value : [''];
  const [isShown, setShown] = useState(false);
  return (
    <fieldset className={error === undefined ? 'field' : 'field field-bad'}>
      <legend className="field-label">Secret</legend>
      {secrets.map((secret, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: secrets have no identity but their index
        <div key={index} className="input-group">
          <input
            type={isShown ? 'text' : 'password'}
            aria-label={secrets.length === 1 ? 'Secret' : `Secret ${index + 1}`}
            autoComplete="off"
            spellCheck={false}
            value={secret}
            onChange={({ target }) => onChange(secrets.with(index, target.value))}
          />
          {secrets.length > 1 && (
            <button
              type="button"
              className="icon-button"
              title="Remove"
              onClick={() => onChange(secrets.toSpliced(index, 1))}
            >
              <Trash2 aria-hidden="true" />
              <span className="visually-hidden">Remove secret {index + 1}</span>
            </button>
          )}
        </div>
      ))}
      <div className="input-group">
        <Button onClick={() => onChange([generateSecret(), ...secrets.slice(1)])}>
          <Dices aria-hidden="true" /> Generate
        </Button>
        <Button kind="quiet" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
          {isShown ? <EyeOff aria-hidden="true" /> : <Eye aria-hidden="true" />} {isShown ? 'Hide' : 'Show'}
        </Button>
        <Button kind="quiet" onClick={() => onChange(['', ...secrets])}>
          <Plus aria-hidden="true" /> Add another
        </Button>
      </div>
      <FieldNote
        description="The text that the sender signs or repeats. To rotate it, add the new one, change the sender, then remove the old one."
        error={error}
      />
    </fieldset>
  );
}
