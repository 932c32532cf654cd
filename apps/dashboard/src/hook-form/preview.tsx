import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ApiFailure, api } from '../api/client.ts';
import type { RenderResult } from '../api/types.ts';
import { CodeEditor } from '../editor/code-editor.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { DocsLink } from '../ui/docs-link.tsx';
import { Notice } from '../ui/notice.tsx';
import { bodyOf, type Draft } from './draft.ts';
import { parseObject } from './parse-object.ts';
import type { HandlerSpec } from './schema.ts';
import { TryLambda } from './try-lambda.tsx';
import { useDebounced } from './use-debounced.ts';

interface PreviewProps {
  draft: Draft;
  handler: HandlerSpec;
  /** The event of the sample. */
  event: string;
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
            ? 'The data of the event. Change them, and see what would be sent.'
            : 'The data of such an event: of the last one that was published, if there is one.'
        }
      />
      <p className="small">
        {canPreview && <DocsLink page="templates">What templates can do</DocsLink>}
        {isLambda && <DocsLink page="lambdas">What lambdas can do</DocsLink>}
      </p>
      {canPreview && <Rendered {...props} />}
      {isLambda && <TryLambda {...props} fields={fields} />}
    </section>
  );
}

function Rendered({ draft, handler: { fields }, event, sample }: PreviewProps) {
  const data = parseObject(sample);
  const { handler, source, config } = bodyOf(draft, fields);
  const isComplete = fields.every(({ path, isRequired }) => !isRequired || draft.values[path] !== undefined);
  const request = useDebounced(JSON.stringify({ handler, source, event, config, data }));
  const result = useQuery({
    queryKey: ['render', request],
    queryFn: () => api<RenderResult>('POST', '/event-hooks/render', JSON.parse(request)),
    enabled: data !== null && isComplete,
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (data === null) return <p className="muted">The sample has to be a JSON object.</p>;
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
