import { lazy, Suspense, useId } from 'react';
import { Prose } from '../hook-form/labelled.tsx';
import type { EditorLanguage } from './editor.tsx';

const Editor = lazy(() => import('./editor.tsx'));

/** An editor for templates, lambdas and JSON. Until it has loaded, and if it never does, a plain field shows the text. */
export function CodeEditor({
  label,
  language,
  value,
  onChange,
  error,
  description,
  completions = [],
}: {
  label: string;
  language: EditorLanguage;
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  description?: string | undefined;
  /** Names that can stand in a template. */
  completions?: readonly string[];
}) {
  const id = useId();
  const describedBy = error !== undefined || description !== undefined ? `${id}-text` : undefined;
  const plain = (
    <textarea
      className="code-plain"
      aria-labelledby={`${id}-label`}
      rows={6}
      value={value}
      onChange={({ target }) => onChange(target.value)}
    />
  );
  return (
    <div className={error === undefined ? 'field' : 'field field-bad'}>
      <span id={`${id}-label`} className="field-label">
        {label}
      </span>
      <Suspense fallback={plain}>
        <Editor
          labelledBy={`${id}-label`}
          describedBy={describedBy}
          language={language}
          value={value}
          onChange={onChange}
          completions={completions}
        />
      </Suspense>
      {describedBy !== undefined && (
        <p id={describedBy} className={error === undefined ? 'field-help' : 'field-error'}>
          {error ?? <Prose text={description ?? ''} />}
        </p>
      )}
    </div>
  );
}
