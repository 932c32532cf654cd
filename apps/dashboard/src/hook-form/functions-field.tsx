import { Plus, Trash2 } from 'lucide-react';
import { CodeEditor } from '../editor/code-editor.tsx';
import { Button } from '../ui/button.tsx';
import type { WidgetProps } from './field-props.ts';

/** A lambda's functions, with one editor per function. */
export function FunctionsField({ spec, value, onChange, error, label, description, language }: WidgetProps) {
  const sources: string[] = Array.isArray(value) ? value : [];
  const added = spec.form?.starts?.[language] ?? '';
  return (
    <div className="stack">
      {sources.map((source, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: functions have no identity but their index
        <div key={index}>
          <CodeEditor
            label={sources.length === 1 ? label : `${label} ${index + 1}`}
            language={language}
            value={source}
            onChange={(next) => onChange(sources.with(index, next))}
            error={error}
            description={index === sources.length - 1 ? description : undefined}
          />
          {sources.length > 1 && (
            <Button kind="quiet" onClick={() => onChange(sources.toSpliced(index, 1))}>
              <Trash2 aria-hidden="true" /> Remove function {index + 1}
            </Button>
          )}
        </div>
      ))}
      <div>
        <Button kind="quiet" onClick={() => onChange([...sources, added])}>
          <Plus aria-hidden="true" /> Add a function
        </Button>
      </div>
    </div>
  );
}
