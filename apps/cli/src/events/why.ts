import type { PrintedDecision } from '@eventhooks/contract';
import { findHook } from '../hooks/find-hook.ts';
import { formatTable, plain } from '../output.ts';
import type { Session } from '../session.ts';

/** Shows what each hook made of an event, or one of them. */
export async function explainEvent(
  { api, output }: Session,
  _options: object,
  [event = '', which]: string[],
): Promise<void> {
  const hook = which === undefined ? undefined : (await findHook(api, which)).id;
  const decisions: PrintedDecision[] = [];
  let offset: string | undefined;
  do {
    const page = await api.call('GET /events/{id}', {
      params: { id: event },
      query: { decisions: 'true', ...(hook && { hook }), ...(offset && { offset }) },
    });
    decisions.push(...(page.decisions ?? []));
    offset = page.offset;
  } while (offset !== undefined);
  output.result(decisions, () =>
    formatTable(
      ['hook', 'name', 'decision', 'detail', 'delivery'],
      decisions.map(({ hook_id, name, decision, detail, delivery_id }) => [
        plain(hook_id),
        plain(name ?? ''),
        plain(decision),
        plain(detail ?? ''),
        plain(delivery_id ?? ''),
      ]),
    ),
  );
}
