import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { Button } from './button.tsx';
import { say, sayFailure } from './toasts.tsx';

const shownMs = 1_500;

/** Puts a text into the clipboard. `label` says what it is. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), shownMs);
  };
  return (
    <button
      type="button"
      className="icon-button copy"
      title={`Copy ${label}`}
      onClick={() => void copy().catch(() => undefined)}
    >
      {isCopied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
      <span className="visually-hidden">{isCopied ? 'Copied' : `Copy ${label}`}</span>
    </button>
  );
}

/** A button that copies a text made on demand. */
export function CopyAs({ label, make }: { label: string; make: () => string | Promise<string> }) {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(await make());
      say(`${label}: copied`);
    } catch (error) {
      sayFailure('It was not copied', error);
    }
  };
  return (
    <Button kind="quiet" onClick={() => void copy()}>
      <Copy aria-hidden="true" /> {label}
    </Button>
  );
}

/** An id, shortened when space is tight, but copied whole. */
export function Id({ id, label = 'the id' }: { id: string; label?: string }) {
  return (
    <span className="id">
      <code>{id}</code>
      <CopyButton text={id} label={label} />
    </span>
  );
}
