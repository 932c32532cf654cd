import {
  canPreview,
  EVENT_LIMITS,
  findShapeFault,
  type HandlersWith,
  type Hook,
  type HookOf,
  type JsonObject,
  renderInputSchema,
  renderResultSchema,
  templatesOf,
  toFaults,
  type UserSource,
  validateUserSource,
  type WebhookCustomHook,
} from '@eventhooks/contract';
import { newId } from '@eventhooks/database';
import {
  addEvents,
  type BuiltRequest,
  buildBatchRequest,
  buildCustomRequest,
  buildWebhookRequest,
} from '@eventhooks/delivery';
import type { SandboxItem } from '@eventhooks/sandbox';
import type { z } from 'zod';
import { dataTextsOf, refuseList } from '../hooks/data-texts.ts';
import { readUnstoredHook } from '../hooks/read-unstored-hook.ts';
import { schemaViolation } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { exactTextOf, hookBodyAs } from '../http/read-body.ts';
import { defineRoute } from '../http/route.ts';
import { previewFilter } from './preview-filter.ts';

export const renderHookRoute = defineRoute({
  method: 'post',
  path: '/event-hooks/render',
  operation: 'renderHook',
  document: {
    summary: 'Preview a webhook',
    description:
      'The request that a webhook with this config would send for this data. Nothing is sent, stored or signed.',
    tag: 'Event hooks',
    request: {
      schema: renderInputSchema,
      examples: {
        slack: {
          source: 'crud',
          event: 'admins',
          handler: 'webhook-custom',
          config: {
            url: 'https://hooks.slack.com/services/foo/bar/baz',
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            payload: { text: 'Admin account {{ entity.username }} {{ operation }}d' },
          },
          data: { operation: 'create', entity: { username: 'ada' } },
        },
      },
    },
    responses: {
      200: {
        description: 'The request, or the reason why it cannot be made.',
        schema: renderResultSchema,
        examples: {
          slack: {
            request: {
              method: 'POST',
              url: 'https://hooks.slack.com/services/foo/bar/baz',
              headers: { 'user-agent': 'eventhooks', 'content-type': 'application/json' },
              body: '{"text":"Admin account ada created"}',
            },
          },
        },
      },
    },
    errors: [413, 415],
  },
  async handle(call) {
    const input = readInput(call);
    const { data: _data, sources, ...given } = input;
    // With several events, `event` is that of the sample alone.
    if (given.events) Reflect.deleteProperty(given, 'event');
    const hook = await readUnstoredHook(call, given, readSources(call, sources ?? {}));
    const texts = dataTextsOf(exactTextOf(call.body, input, 'data'));
    const rendered = await render(call, hook, input, texts);
    if (hook.filter === null) return { status: 200, body: rendered };
    const { source, event } = input;
    const data = texts.at(-1) ?? '{}';
    return { status: 200, body: { ...rendered, filter: await previewFilter(call, hook, { source, event, data }) } };
  },
});

/** The data's depth within the body. */
const maxDepth = EVENT_LIMITS.depth + 1;

type RenderInput = z.infer<typeof renderInputSchema>;

function readInput(call: Call): RenderInput {
  const body = hookBodyAs(call.body, renderInputSchema);
  const shapeFault = findShapeFault(body, maxDepth);
  if (shapeFault !== null) throw schemaViolation([shapeFault]);
  const parsed = renderInputSchema.safeParse(body);
  if (!parsed.success) throw schemaViolation(toFaults(parsed.error));
  refuseList(parsed.data);
  return parsed.data;
}

/** Events that the catalogue may not have yet: those of the file in which the hook is declared. */
function readSources({ workspace }: Call, sources: NonNullable<RenderInput['sources']>): UserSource[] {
  const results = Object.entries(sources).flatMap(([source, events]) =>
    Object.entries(events).map(([event, body]) => ({
      path: ['sources', source, event],
      result: validateUserSource({ workspace, source, event }, body),
    })),
  );
  const faults = results.flatMap(({ path, result }) =>
    result.ok ? [] : result.faults.map((fault) => ({ ...fault, path: [...path, ...fault.path] })),
  );
  if (faults.length > 0) throw schemaViolation(faults);
  return results.flatMap(({ result }) => (result.ok ? [result.source] : []));
}

type RenderResult = z.infer<typeof renderResultSchema>;
type PreviewableHook = HookOf<HandlersWith<{ canPreview: true }>>;

function isPreviewable(hook: Hook): hook is PreviewableHook {
  return canPreview(hook.handler);
}

/** `texts` are the data of several events only for a hook with batches. */
async function render(
  call: Call,
  hook: Hook,
  { source, event }: RenderInput,
  texts: readonly string[],
): Promise<RenderResult> {
  if (!isPreviewable(hook)) throw new Error(`the schema lets no ${hook.handler} pass`);
  const dataText = texts.at(-1) ?? '{}';
  const timeMs = Date.now();
  const items = texts.map((text) => ({ id: newId(), source, event, timeMs, dataText: text }));
  switch (hook.handler) {
    case 'webhook': {
      const { url, headers } = hook.config;
      if (hook.batch !== null) return { request: print(buildBatchRequest({ url, headers, items })) };
      return { request: print(buildWebhookRequest({ url, headers, dataText, event, source })) };
    }
    case 'webhook-custom': {
      const data = hook.batch === null ? dataText : addEvents(dataText, items);
      return renderCustomWebhook(call, hook, { data, event, source });
    }
  }
}

async function renderCustomWebhook(
  { context }: Call,
  hook: WebhookCustomHook,
  item: SandboxItem,
): Promise<RenderResult> {
  const isolate = { id: hook.id, revision: 'preview' };
  const [outcome] = await context.sandbox.render(isolate, templatesOf(hook.config), [item]);
  if (!outcome?.ok)
    return { error: outcome?.message ?? 'no result', error_code: `sandbox_${outcome?.kind ?? 'runner_lost'}` };
  // The sandbox hands its results over as JSON.
  const payload = outcome.rendered.payload as JsonObject | null;
  const { method, url } = hook.config;
  const built = buildCustomRequest({ method, url, ...outcome.rendered, payload });
  return built.ok ? { request: print(built.request) } : { error: built.message, error_code: built.kind };
}

function print({ method, url, headers, body }: BuiltRequest): BuiltRequest {
  return { method, url, headers, body };
}
