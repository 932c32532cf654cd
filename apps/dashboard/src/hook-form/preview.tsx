import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiFailure, api } from '../api/client.ts';
import type { RenderResult } from '../api/types.ts';
import { CodeEditor } from '../editor/code-editor.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { Notice } from '../ui/notice.tsx';
import { bodyOf, type Draft } from './draft.ts';
import { parseObject } from './parse-object.ts';
import type { HandlerSpec } from './schema.ts';
import { TryLambda } from './try-lambda.tsx';

/** A preview is requested when nothing was typed for this long. */
const pauseMs = 350;

interface PreviewProps {
  draft: Draft;
  handler: HandlerSpec;
  sample: string;
}

/** The request that would be sent for the sample, updated while typing. */
export function Preview({ onSample, ...props }: PreviewProps & { onSample: (text: string) => void }) {
  const { canPreview, fields } = props.handler;
  const isLambda = fields.some(({ form }) => form?.editor === 'functions');
  return (
    <section className="card preview">
      <h2>{canPreview ? 'Preview' : 'A sample event'}</h2>
      <CodeEditor
        label="Sample data"
        language="json"
        value={props.sample}
        onChange={onSample}
        description={
          canPreview
            ? 'What the event carries. Change it, and see what would be sent.'
            : 'What such an event carries: the last one that was published, if there is one.'
        }
      />
      {canPreview && <Rendered {...props} />}
      {isLambda && <TryLambda draft={props.draft} fields={props.handler.fields} sample={props.sample} />}
    </section>
  );
}

function Rendered({ draft, handler: { fields }, sample }: PreviewProps) {
  const data = parseObject(sample);
  const { handler, source, config } = bodyOf(draft, fields);
  const isComplete = fields.every(({ path, isRequired }) => !isRequired || draft.values[path] !== undefined);
  const event = draft.event === '' ? 'test' : draft.event;
  const request = useSettled(JSON.stringify({ handler, source, event, config, data }));
  const result = useQuery({
    queryKey: ['render', request],
    queryFn: () => api<RenderResult>('POST', '/event-hooks/render', JSON.parse(request)),
    enabled: data !== null && isComplete,
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (data === null) return <p className="muted">The sample is no JSON object.</p>;
  if (result.error instanceof ApiFailure) {
    if (result.error.status !== 400) return <Notice tone="bad">{result.error.message}</Notice>;
    return (
      <p className="muted">{result.error.message.replace(/^schema violation \((.*)\)$/, 'Not complete yet: $1')}</p>
    );
  }
  if (result.data === undefined) return <p className="muted">Give it a URL, and what it would send is shown here.</p>;
  if ('error' in result.data) {
    return (
      <Notice tone="bad" title="The template fails for this sample">
        {result.data.error}
      </Notice>
    );
  }
  return <RenderedRequest {...result.data.request} />;
}

function RenderedRequest({
  method,
  url,
  headers,
  body,
}: {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | null;
}) {
  return (
    <div aria-live="polite">
      <h3>It would send</h3>
      <p className="message-line">
        <code className="wrap">
          {method} {url}
        </code>
      </p>
      {body === null ? <p className="muted">No body.</p> : <CodeBlock text={body} label="the rendered body" />}
      <dl className="headers">
        {Object.entries(headers).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** A value once it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
