import { inboundInputSchema } from '@eventhooks/contract';
import type { Api, ApiAnswer } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { formatCount, type Output, plain } from '../output.ts';
import { startProgress } from '../progress.ts';
import type { Session } from '../session.ts';
import { readDeclaration } from './hook-file.ts';
import { planChanges } from './plan.ts';
import type { Step } from './step.ts';

export interface ApplyOptions {
  file: string[];
  dryRun?: boolean;
  prune?: string;
}

/** Makes the server match the files; a second run changes nothing. */
export async function applyHooks({ api, output }: Session, options: ApplyOptions): Promise<void> {
  const steps = await planChanges(api, await readDeclaration(options.file), options.prune ?? null);
  if (!options.dryRun) await perform({ api, output }, steps);
  report(output, steps, options.dryRun ?? false);
}

/** Shows what `apply` would change; exits with 1 if there are changes. */
export async function diffHooks({ api, output }: Session, options: ApplyOptions): Promise<void> {
  const steps = await planChanges(api, await readDeclaration(options.file), options.prune ?? null);
  report(output, steps, true);
  if (steps.some(({ action }) => action !== 'unchanged')) throw new CommandFailure(EXIT.no, '');
}

async function perform({ api }: Session, steps: readonly Step[]): Promise<void> {
  const progress = startProgress('Applying');
  const todo = steps.filter(({ action }) => action !== 'unchanged');
  for (const [index, step] of todo.entries()) {
    progress.update(index, todo.length);
    const answer = await send(api, step);
    if (answer.ok) continue;
    progress.end();
    const before =
      index === 0
        ? 'Nothing was changed'
        : `${formatCount(index, 'step', 'steps')} before it ${index === 1 ? 'is' : 'are'} done; apply again to go on`;
    const isRefused = answer.kind === 'refused';
    throw new CommandFailure(
      isRefused ? EXIT.refused : EXIT.unavailable,
      `${step.kind} ${step.label}: ${answer.message}\n${before}.`,
    );
  }
  progress.end();
}

function send(api: Api, { kind, action, label, id, body }: Step): Promise<ApiAnswer<unknown>> {
  if (kind === 'source') {
    const [source = '', event = ''] = label.split('/');
    return api.request('PUT /event-hooks/sources/{source}/{event}', { params: { source, event }, body });
  }
  if (kind === 'inbound') return sendInbound(api, { action, id, body });
  if (id === null) return api.request('POST /event-hooks', { body });
  const params = { id };
  if (action === 'delete') return api.request('DELETE /event-hooks/{id}', { params });
  return api.request('PATCH /event-hooks/{id}', { params, body });
}

/** The plan has checked the body by the contract. */
function sendInbound(
  api: Api,
  { action, id, body }: Pick<Step, 'action' | 'id' | 'body'>,
): Promise<ApiAnswer<unknown>> {
  if (id !== null && action === 'delete') return api.request('DELETE /inbound/{name}', { params: { name: id } });
  const given = inboundInputSchema.parse(body);
  if (id === null) return api.request('POST /inbound', { body: given });
  const params = { name: id };
  return api.request('PATCH /inbound/{name}', { params, body: given });
}

const MARKS = {
  create: { mark: '+', style: 'green' },
  update: { mark: '~', style: 'yellow' },
  delete: { mark: '-', style: 'red' },
  unchanged: { mark: '=', style: 'gray' },
} as const satisfies Record<Step['action'], unknown>;

const SECRET = /secret|token|key|password|authorization|cookie/i;

function report(output: Output, steps: readonly Step[], isDry: boolean): void {
  const shown = steps.map(({ body: _body, changes, ...step }) => ({ ...step, changes: changes.map(hideSecret) }));
  output.result(shown, () => {
    const lines = shown.flatMap(({ action, kind, label, changes }) => [
      output.paint(MARKS[action].style, `${MARKS[action].mark} ${action.padEnd(9)} ${kind} ${plain(label)}`),
      ...changes.map(
        ({ field, before, after }) => `      ${field}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`,
      ),
    ]);
    const count = (action: Step['action']) => steps.filter((step) => step.action === action).length;
    const would = isDry ? 'would be ' : '';
    lines.push(
      `${count('create')} ${would}created, ${count('update')} updated, ${count('delete')} deleted, ${count('unchanged')} unchanged`,
    );
    return lines.join('\n');
  });
}

function hideSecret({ field, before, after }: Step['changes'][number]) {
  if (!SECRET.test(field) && !SECRET.test(JSON.stringify(Object.keys(Object(after))))) return { field, before, after };
  return { field, before: before === null ? null : '(hidden)', after: after === null ? null : '(hidden, another)' };
}
