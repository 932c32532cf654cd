import type { TestResult } from '../api/types.ts';
import { Arrived } from '../ui/arrived.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { Notice } from '../ui/notice.tsx';
import { formatMs } from '../ui/time.tsx';
import { LambdaLog } from './attempt-view.tsx';
import { describeFailure } from './failures.ts';

/** The result of a test: what came back, how long it took, and what was sent. */
export function TestAnswer({ answer: { result, details } }: { answer: TestResult }) {
  return (
    <Arrived>
      <Result result={result} durationMs={details?.duration_ms ?? null} />
      {'value' in result || (details?.logs.length ?? 0) > 0 ? <LambdaLog lines={details?.logs ?? []} /> : null}
      {details?.request && (
        <details>
          <summary>The request as it was sent</summary>
          <div className="stack">
            <p className="message-line">
              <code className="wrap">
                {details.request.method} {details.request.url}
              </code>
            </p>
            {details.request.body && <CodeBlock text={details.request.body} label="the request’s body" />}
            <CodeBlock text={JSON.stringify(details.request.headers)} label="the request’s headers" />
          </div>
        </details>
      )}
    </Arrived>
  );
}

function Result({ result, durationMs }: { result: TestResult['result']; durationMs: number | null }) {
  const took = durationMs === null ? '' : ` after ${formatMs(durationMs)}`;
  if ('error' in result) {
    const failure = result.error_code === undefined ? 'It failed' : describeFailure(result.error_code);
    return (
      <Notice tone="bad" title={failure}>
        <code className="wrap">{result.error}</code>
        {took !== '' && <p>It ended{took}.</p>}
      </Notice>
    );
  }
  if ('value' in result) {
    return (
      <>
        <Notice tone="ok" title={durationMs === null ? 'It ran' : `It ran in ${formatMs(durationMs)}`} />
        <CodeBlock text={JSON.stringify(result.value) ?? 'null'} label="the result" />
      </>
    );
  }
  const isSuccess = result.error_code === undefined && result.status >= 200 && result.status < 300;
  return (
    <>
      <Notice tone={isSuccess ? 'ok' : 'bad'} title={`The receiver answered ${result.status}${took}`}>
        {isSuccess
          ? 'A delivery like this would have succeeded.'
          : 'A delivery like this would have failed, and been tried again.'}
      </Notice>
      {result.body !== '' && <CodeBlock text={result.body} label="the answer’s body" />}
      <details>
        <summary>Headers of the answer</summary>
        <CodeBlock text={JSON.stringify(result.headers)} label="the answer’s headers" />
      </details>
    </>
  );
}
