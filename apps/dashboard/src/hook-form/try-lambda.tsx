import { useMutation } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import { api } from '../api/client.ts';
import type { TestResult } from '../api/types.ts';
import { TestAnswer } from '../screens/test-answer.tsx';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { bodyOf, type Draft } from './draft.ts';
import { parseObject } from './parse-object.ts';
import type { FieldSpec } from './schema.ts';

/** Runs the functions of the form for the sample, in a worker, before they are saved. */
export function TryLambda({
  draft,
  fields,
  event,
  sample,
}: {
  draft: Draft;
  fields: readonly FieldSpec[];
  event: string;
  sample: string;
}) {
  const data = parseObject(sample);
  const { handler, source, config } = bodyOf(draft, fields);
  const run = useMutation({
    mutationFn: () =>
      api<TestResult>('POST', '/event-hooks/test', {
        handler,
        source,
        event,
        config,
        data,
      }),
  });
  return (
    <>
      <div>
        <Button disabled={data === null} isBusy={run.isPending} onClick={() => run.mutate()}>
          <Play aria-hidden="true" /> Run it with this sample
        </Button>
      </div>
      {run.isError && (
        <Notice tone="bad" title="It was not run">
          {run.error.message}
        </Notice>
      )}
      {run.data !== undefined && <TestAnswer answer={run.data} />}
    </>
  );
}
