import { Switch } from '@base-ui/react/switch';
import { Dices } from 'lucide-react';
import { useId, useState } from 'react';
import { CodeEditor } from '../editor/code-editor.tsx';
import { Button } from '../ui/button.tsx';
import { generateSecret } from '../ui/generate-secret.ts';
import { ExpressionField } from './expression-field.tsx';
import type { FieldProps, WidgetProps } from './field-props.ts';
import { FunctionsField } from './functions-field.tsx';
import { FieldNote, type Ids, Labelled } from './labelled.tsx';
import { MapField } from './map-field.tsx';
import { PemField } from './pem-field.tsx';
import type { FieldSpec } from './schema.ts';
import { SuggestedField } from './suggested-field.tsx';
import { TimeField } from './time-field.tsx';

/** One field of a hook, with the widget for its form or its type. */
export function HookField(props: FieldProps) {
  const { spec, value, onChange, error } = props;
  const editor = spec.form?.editor;
  const widget: WidgetProps = { ...props, label: spec.label, description: describeField(spec) };
  if (editor === 'functions') return <FunctionsField {...widget} />;
  if (editor === 'secret') return <SecretField {...widget} />;
  if (editor === 'pem' || editor === 'private_key') return <PemField {...widget} />;
  if (editor === 'expression') return <ExpressionField {...widget} />;
  if (editor === 'time') return <TimeField {...widget} />;
  if (spec.form?.suggestions !== undefined) return <SuggestedField {...widget} />;
  if (editor === 'template') {
    return (
      <CodeEditor
        label={widget.label}
        language="template"
        value={typeof value === 'string' ? value : ''}
        onChange={onChange}
        error={error}
        description={widget.description}
        completions={props.names}
      />
    );
  }
  if (spec.type === 'json') return <JsonField {...widget} />;
  if (spec.type === 'map') return <MapField {...widget} />;
  if (spec.type === 'boolean') return <BooleanField {...widget} />;
  return (
    <Labelled label={widget.label} description={widget.description} error={error} isRequired={spec.isRequired}>
      {(ids) => <PlainInput {...props} ids={ids} />}
    </Labelled>
  );
}

function describeField({ description, type, form }: FieldSpec): string | undefined {
  if (type !== 'list' || form?.editor !== undefined) return description;
  return [description, 'Separated by commas.'].filter(Boolean).join(' ');
}

function PlainInput({ spec, value, onChange, ids }: FieldProps & { ids: Ids }) {
  if (spec.type === 'choice') {
    return (
      <select
        {...ids}
        value={typeof value === 'string' ? value : ''}
        onChange={({ target }) => onChange(target.value || undefined)}
      >
        <option value="">Default</option>
        {spec.choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  }
  if (spec.type === 'integer') {
    return (
      <input
        {...ids}
        type="number"
        min={spec.minimum}
        max={spec.maximum}
        step={1}
        placeholder="Default"
        value={typeof value === 'number' ? value : ''}
        onChange={({ target }) => onChange(target.value === '' ? undefined : target.valueAsNumber)}
      />
    );
  }
  if (spec.type === 'list') return <ListInput value={value} onChange={onChange} ids={ids} />;
  const isUrl = spec.path === 'config.url';
  return (
    <input
      {...ids}
      type={isUrl ? 'url' : 'text'}
      maxLength={spec.maxLength}
      required={spec.isRequired}
      placeholder={isUrl ? 'https://' : spec.example}
      spellCheck={false}
      value={typeof value === 'string' ? value : ''}
      onChange={({ target }) => onChange(target.value === '' ? undefined : target.value)}
    />
  );
}

/** A list typed with commas between its items. The text stays as typed. */
function ListInput({ value, onChange, ids }: { value: unknown; onChange: (value: unknown) => void; ids: Ids }) {
  const [text, setText] = useState(() => (Array.isArray(value) ? value.join(', ') : ''));
  const change = (next: string): void => {
    setText(next);
    const items = next.split(',').map((item) => item.trim());
    onChange(items.filter((item) => item !== ''));
  };
  return <input {...ids} value={text} spellCheck={false} onChange={({ target }) => change(target.value)} />;
}

function BooleanField({ spec, value, onChange, error, label, description }: WidgetProps) {
  const id = useId();
  return (
    <div className={error === undefined ? 'field field-switch' : 'field field-switch field-bad'}>
      <Switch.Root
        className="switch"
        aria-labelledby={`${id}-label`}
        aria-describedby={`${id}-note`}
        checked={typeof value === 'boolean' ? value : spec.form?.default === true}
        onCheckedChange={(checked) => onChange(checked)}
      >
        <Switch.Thumb className="switch-thumb" />
      </Switch.Root>
      <div>
        <span id={`${id}-label`} className="field-label">
          {label}
        </span>
        <FieldNote id={`${id}-note`} description={description} error={error} />
      </div>
    </div>
  );
}

function SecretField({ value, onChange, error, label, description }: WidgetProps) {
  return (
    <Labelled label={label} description={description} error={error}>
      {(ids) => (
        <div className="input-group">
          <input
            {...ids}
            type="text"
            autoComplete="off"
            spellCheck={false}
            value={typeof value === 'string' ? value : ''}
            onChange={({ target }) => onChange(target.value === '' ? undefined : target.value)}
          />
          <Button onClick={() => onChange(generateSecret())}>
            <Dices aria-hidden="true" /> Generate
          </Button>
        </div>
      )}
    </Labelled>
  );
}

function JsonField({ value, onChange, error, label, description, names }: WidgetProps) {
  const [text, setText] = useState(() => (value === undefined ? '' : JSON.stringify(value, null, 2)));
  const [fault, setFault] = useState<string>();
  const change = (next: string): void => {
    setText(next);
    try {
      onChange(next.trim() === '' ? undefined : JSON.parse(next));
      setFault(undefined);
    } catch (problem) {
      setFault(problem instanceof Error ? problem.message : 'This is not JSON');
    }
  };
  return (
    <CodeEditor
      label={label}
      language="json"
      value={text}
      onChange={change}
      error={fault ?? error}
      description={description}
      completions={names}
    />
  );
}
