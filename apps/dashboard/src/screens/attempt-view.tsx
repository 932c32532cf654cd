import type { Attempt, Message } from '../api/types.ts';
import { CodeBlock } from '../ui/code-block.tsx';
import { CopyAs } from '../ui/copy.tsx';
import { Notice } from '../ui/notice.tsx';
import { requestAsCurl } from './copy-as.ts';
import { describeFailure } from './failures.ts';

/** One attempt's request and response. */
export function AttemptView({ attempt, isOnly }: { attempt: Attempt; isOnly: boolean }) {
  const { request, response } = attempt;
  return (
    <section className="card" aria-live="polite">
      <h2>{isOnly ? 'The attempt' : `Attempt ${attempt.number}`}</h2>
      {attempt.error_message !== null && (
        <Notice tone="bad" title={describeFailure(attempt.error_code ?? '')}>
          <code className="wrap">{attempt.error_message}</code>
        </Notice>
      )}
      {request?.log !== undefined && <CodeBlock text={JSON.stringify(request.log)} label="the log line" />}
      {response?.logs !== undefined && <LambdaLog lines={response.logs} />}
      {response?.value !== undefined && (
        <>
          <h3>Result</h3>
          <CodeBlock text={JSON.stringify(response.value)} label="the result" />
        </>
      )}
      {request?.url !== undefined && (
        <div>
          <CopyAs label="Copy the request as curl" make={() => requestAsCurl(request)} />
        </div>
      )}
      {request?.url !== undefined && (
        <div className="exchange">
          <MessageView title="Request" line={`${request.method} ${request.url}`} message={request} />
          {response === null ? (
            <div>
              <h3>Response</h3>
              <p className="muted">No response came.</p>
            </div>
          ) : (
            <MessageView title="Response" line={String(response.status)} message={response} />
          )}
        </div>
      )}
    </section>
  );
}

/** The lines that a lambda logged. */
export function LambdaLog({ lines }: { lines: readonly { level: string; message: string }[] }) {
  return (
    <>
      <h3>Log</h3>
      {lines.length === 0 ? (
        <p className="muted">It logged nothing.</p>
      ) : (
        <ol className="log-lines">
          {lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines never move
            <li key={index}>
              <span className="log-level">{line.level}</span> {line.message}
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function MessageView({ title, line, message }: { title: string; line: string; message: Message }) {
  const headers = Object.entries(message.headers ?? {});
  return (
    <div>
      <h3>{title}</h3>
      <p className="message-line">
        <code className="wrap">{line}</code>
      </p>
      {message.body ? (
        <CodeBlock text={message.body} label={`the ${title.toLowerCase()}’s body`} />
      ) : (
        <p className="muted">No body.</p>
      )}
      {message.bodyTruncated === true && <p className="muted small">Cut after 4 KiB; the rest was not read.</p>}
      <details open={headers.length <= 8}>
        <summary>Headers ({headers.length})</summary>
        <dl className="headers">
          {headers.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value ?? <span className="muted">hidden</span>}</dd>
            </div>
          ))}
        </dl>
      </details>
    </div>
  );
}
