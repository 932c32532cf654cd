import { CodeEditor } from '../editor/code-editor.tsx';
import type { WidgetProps } from './field-props.ts';

/** An expression in CEL. A fault is shown below the place that it names. */
export function ExpressionField({ spec, value, onChange, error, label, description, expressionNames }: WidgetProps) {
  const text = typeof value === 'string' ? value : '';
  const place = error === undefined ? null : findPlace(text, error);
  return (
    <div className="stack-tight">
      <CodeEditor
        label={label}
        language="expression"
        value={text}
        onChange={(next) => onChange(next === '' ? undefined : next)}
        error={error}
        description={spec.example === undefined ? description : `${description} Such as: ${spec.example}`}
        completions={expressionNames}
      />
      {place !== null && (
        <pre className="fault-place" aria-hidden="true">
          {place.line}
          {'\n'}
          {' '.repeat(place.column - 1)}^
        </pre>
      )}
    </div>
  );
}

/** The line of a fault that begins with `line:column`, or null. */
function findPlace(text: string, fault: string): { line: string; column: number } | null {
  const [, lineNumber, column] = /^(\d+):(\d+): /.exec(fault) ?? [];
  const line = text.split('\n')[Number(lineNumber) - 1];
  return line === undefined ? null : { line, column: Number(column) };
}
