import { useMutation } from '@tanstack/react-query';
import { Zap } from 'lucide-react';
import { useState } from 'react';
import { api } from '../api/client.ts';
import { useSources } from '../api/queries.ts';
import type { Hook, TestResult } from '../api/types.ts';
import { CodeEditor } from '../editor/code-editor.tsx';
import { parseObject } from '../hook-form/parse-object.ts';
import { Button } from '../ui/button.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { Modal } from '../ui/modal.tsx';
import { Notice } from '../ui/notice.tsx';
import { describeFailure } from './failures.ts';
import { sampleData } from './sample-data.ts';

/** Sends a test through a worker and shows the receiver's real answer. */
export function TestDialog({ hook }: { hook: Hook }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind="primary" onClick={() => setOpen(true)}>
        <Zap aria-hidden="true" /> Send a test
      </Button>
      <Modal isOpen={isOpen} onClose={() => setOpen(false)} title="Send a test" isWide>
        <TestForm hook={hook} />
      </Modal>
    </>
  );
}

function TestForm({ hook }: { hook: Hook }) {
  const sources = useSources();
  const fields = sources.data?.data[hook.source]?.[hook.event ?? '']?.fields ?? [];
  const [edited, setEdited] = useState<string>();
  const text = edited ?? JSON.stringify(sampleData(hook.source, hook.event ?? 'consumers', fields), null, 2);
  const data = parseObject(text);
  const test = useMutation({ mutationFn: () => api<TestResult>('POST', `/event-hooks/${hook.id}/test`, data) });
  return (
    <div className="stack">
      <p className="muted">
        A worker runs the hook at once, past snooze and on_change. It is no delivery: nothing is recorded or retried.
      </p>
      <CodeEditor
        label="The event’s data"
        language="json"
        value={text}
        onChange={setEdited}
        error={data === null ? 'This is no JSON object' : undefined}
      />
      <div>
        <Button kind="primary" disabled={data === null} isBusy={test.isPending} onClick={() => test.mutate()}>
          {test.isPending ? 'Waiting for the answer' : 'Send'}
        </Button>
      </div>
      {test.isError && (
        <Notice tone="bad" title="The test was not run">
          {test.error.message}
        </Notice>
      )}
      {test.data !== undefined && <Answer result={test.data.result} />}
    </div>
  );
}

function Answer({ result }: { result: TestResult['result'] }) {
  if ('error' in result) {
    return (
      <Notice tone="bad" title={result.error_code === undefined ? 'It failed' : describeFailure(result.error_code)}>
        <code className="wrap">{result.error}</code>
      </Notice>
    );
  }
  if ('value' in result) {
    return (
      <>
        <Notice tone="ok" title="It ran" />
        <CodeBlock text={JSON.stringify(result.value) ?? 'null'} label="the result" />
      </>
    );
  }
  const isSuccess = result.status >= 200 && result.status < 300;
  return (
    <>
      <Notice tone={isSuccess ? 'ok' : 'bad'} title={`The receiver answered ${result.status}`}>
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
