import { useMutation } from '@tanstack/react-query';
import { Zap } from 'lucide-react';
import { useState } from 'react';
import { api } from '../api/client.ts';
import { useSources } from '../api/queries.ts';
import type { Hook, TestResult } from '../api/types.ts';
import { CodeEditor } from '../editor/code-editor.tsx';
import { parseObject } from '../hook-form/parse-object.ts';
import { Arrived } from '../ui/arrived.tsx';
import { Button } from '../ui/button.tsx';
import { Modal } from '../ui/modal.tsx';
import { Notice } from '../ui/notice.tsx';
import { sampleData } from './sample-data.ts';
import { TestAnswer } from './test-answer.tsx';

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
  const known = sources.data?.data[hook.source] ?? {};
  // A hook of several events is tested with the first one that the catalogue has.
  const event = hook.event ?? Object.keys(known)[0] ?? 'consumers';
  const [edited, setEdited] = useState<string>();
  const text = edited ?? JSON.stringify(sampleData(hook.source, event, known[event]), null, 2);
  const data = parseObject(text);
  const test = useMutation({
    mutationFn: () => api<TestResult>('POST', `/event-hooks/${hook.id}/test?details=true`, data),
  });
  return (
    <div className="stack">
      <p className="muted">
        A worker runs the hook at once, past snooze and on_change. This is not a delivery: nothing is recorded or
        retried.
      </p>
      <CodeEditor
        label="The event’s data"
        language="json"
        value={text}
        onChange={setEdited}
        error={data === null ? 'This is not a JSON object' : undefined}
      />
      <div>
        <Button kind="primary" disabled={data === null} isBusy={test.isPending} onClick={() => test.mutate()}>
          {test.isPending ? 'Waiting for the answer' : 'Send'}
        </Button>
      </div>
      {test.isError && (
        <Arrived>
          <Notice tone="bad" title="The test was not run">
            {test.error.message}
          </Notice>
        </Arrived>
      )}
      {test.data !== undefined && <TestAnswer answer={test.data} />}
    </div>
  );
}
