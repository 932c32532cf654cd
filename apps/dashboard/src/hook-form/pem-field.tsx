import { Eye, EyeOff, Upload } from 'lucide-react';
import { useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import type { WidgetProps } from './field-props.ts';
import { Labelled } from './labelled.tsx';

/** A certificate or key in PEM: pasted with its line breaks, or read from a file. A private key is masked. */
export function PemField({ spec, value, onChange, error, label, description }: WidgetProps) {
  const isSecret = spec.form?.editor === 'private_key';
  const [isShown, setShown] = useState(!isSecret);
  const picker = useRef<HTMLInputElement>(null);
  const read = async (file: File | undefined): Promise<void> => {
    if (file !== undefined) onChange(await file.text());
  };
  return (
    <Labelled label={label} description={description} error={error}>
      {(ids) => (
        <>
          <textarea
            {...ids}
            className={isShown ? 'pem' : 'pem masked'}
            rows={5}
            autoComplete="off"
            spellCheck={false}
            maxLength={spec.maxLength}
            placeholder={isSecret ? '-----BEGIN PRIVATE KEY-----' : '-----BEGIN CERTIFICATE-----'}
            value={typeof value === 'string' ? value : ''}
            onChange={({ target }) => onChange(target.value === '' ? undefined : target.value)}
          />
          <div className="input-group">
            <input
              ref={picker}
              type="file"
              accept=".pem,.crt,.cer,.key,.txt,application/x-pem-file"
              hidden
              onChange={({ target }) => void read(target.files?.[0])}
            />
            <Button onClick={() => picker.current?.click()} aria-label={`Read ${label} from a file`}>
              <Upload aria-hidden="true" /> Read from a file
            </Button>
            {isSecret && (
              <Button kind="quiet" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
                {isShown ? <EyeOff aria-hidden="true" /> : <Eye aria-hidden="true" />} {isShown ? 'Hide' : 'Show'}
              </Button>
            )}
          </div>
        </>
      )}
    </Labelled>
  );
}
