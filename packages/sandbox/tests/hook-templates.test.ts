import {
  buildFromTemplate,
  HOOK_SCHEMAS,
  HOOK_TEMPLATES,
  type HookTemplateName,
  isHookTemplate,
  type TemplateSubject,
} from '@eventhooks/contract';
import { z } from 'zod';
import { createSandbox } from '../src/index.ts';

const sandbox = createSandbox({ runners: 1 });
afterAll(() => sandbox.close());

const text = (characters: number) => z.string().min(1).max(characters);

/** The formats of the receivers, from the documents that the templates name. */
const FORMATS = {
  // `text` is required without blocks; Slack cuts messages at 40,000 characters. `<!` calls groups.
  slack: z.strictObject({ text: text(40_000).regex(/^[^<>]*$/) }),
  // A card of at most 28 kB.
  teams: z.strictObject({
    type: z.literal('message'),
    attachments: z.tuple([
      z.strictObject({
        contentType: z.literal('application/vnd.microsoft.card.adaptive'),
        contentUrl: z.null(),
        content: z.strictObject({
          $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
          type: z.literal('AdaptiveCard'),
          version: z.literal('1.4'),
          body: z.tuple([
            z.strictObject({
              type: z.literal('TextBlock'),
              text: text(1_000),
              wrap: z.literal(true),
              weight: z.literal('Bolder'),
            }),
            z.strictObject({
              type: z.literal('FactSet'),
              facts: z.array(z.strictObject({ title: text(100), value: z.string() })),
            }),
          ]),
        }),
      }),
    ]),
  }),
  discord: z.strictObject({ content: text(2_000), allowed_mentions: z.strictObject({ parse: z.tuple([]) }) }),
  'google-chat': z.strictObject({ text: text(32_000).regex(/^[^<]*$/) }),
  pagerduty: z.strictObject({
    routing_key: z.string().length(32),
    event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
    dedup_key: text(255).optional(),
    payload: z.strictObject({
      summary: text(1_024),
      source: text(1_024),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      custom_details: z.record(z.string(), z.string()),
    }),
  }),
  opsgenie: z.strictObject({
    message: text(130),
    description: text(15_000),
    source: text(100),
    priority: z.enum(['P1', 'P2', 'P3', 'P4', 'P5']),
    details: z.record(z.string(), z.string()),
  }),
  jira: z.strictObject({
    fields: z.strictObject({
      project: z.strictObject({ key: z.string().regex(/^[A-Z][A-Z0-9]+$/) }),
      issuetype: z.strictObject({ name: text(60) }),
      summary: text(255).regex(/^[^\r\n]*$/),
      description: z.strictObject({
        type: z.literal('doc'),
        version: z.literal(1),
        content: z.array(
          z.strictObject({
            type: z.literal('paragraph'),
            content: z.array(z.strictObject({ type: z.literal('text'), text: text(32_767) })).min(1),
          }),
        ),
      }),
    }),
  }),
  'github-dispatch': z.strictObject({
    event_type: text(100),
    client_payload: z.record(z.string(), z.unknown()).refine((map) => Object.keys(map).length <= 10),
  }),
  json: z.strictObject({ source: z.string(), event: z.string(), data: z.record(z.string(), z.unknown()) }),
} as const satisfies Record<HookTemplateName, z.ZodType>;

const long = 'x'.repeat(5_000);
const hostile = '"}\r\n<!channel> @everyone <users/all> {{ 7 * 7 }} & </b>';
const manyFields = Array.from({ length: 14 }, (_, index) => `field_${index}`);
const crudFields = ['operation', 'entity', 'old_entity', 'schema'];

const EVENTS: Record<string, TemplateSubject & { name: string; data: object }> = {
  plain: {
    source: 'crud',
    event: 'consumers',
    fields: crudFields,
    name: 'consumers',
    data: { operation: 'create', entity: { username: 'ada', n: 7615917337495251231n.toString() } },
  },
  'with nothing in it': { source: 'crud', event: 'consumers', fields: crudFields, name: 'consumers', data: {} },
  'full of markup': {
    source: 'crud',
    event: 'consumers',
    fields: crudFields,
    name: 'consumers',
    data: { operation: hostile, entity: { [hostile]: hostile }, schema: hostile, old_entity: null },
  },
  'with long values and many fields': {
    source: 'shop',
    event: 'o'.repeat(512),
    fields: [...manyFields, 'not-a-name', 'event'],
    name: 'o'.repeat(512),
    data: Object.fromEntries(manyFields.map((name) => [name, long])),
  },
  'of a hook that fails': {
    source: 'eventhooks',
    event: null,
    fields: [],
    name: 'delivery-exhausted',
    data: { hook_id: 'b6b0a4c6-2f3e-4f2b-8a8c-1d2e3f4a5b6c', hook_name: hostile, error_code: 'http_5xx' },
  },
};

const valuesOf = (name: HookTemplateName) =>
  Object.fromEntries(HOOK_TEMPLATES[name].inputs.map((input) => [input.name, input.example]));

async function renderTemplate(name: HookTemplateName, event: TemplateSubject & { name: string; data: object }) {
  const built = buildFromTemplate(name, valuesOf(name), event);
  if (!built.ok) throw new Error(`missing: ${built.missing}`);
  const { headers, payload = null, body = null } = built.config;
  const templates = { payload, payloadFormat: true, body, bodyFormat: true, headers, headersFormat: false };
  const item = { data: JSON.stringify(event.data), source: event.source, event: event.name };
  const [outcome] = await sandbox.render({ id: name, revision: JSON.stringify(built.config) }, templates, [item]);
  if (!outcome?.ok) throw new Error(JSON.stringify(outcome));
  return outcome.rendered.body === null ? outcome.rendered.payload : JSON.parse(outcome.rendered.body);
}

const names = Object.keys(HOOK_TEMPLATES).filter(isHookTemplate);

describe.each(names)('the template %s', (name) => {
  test.each(Object.keys(EVENTS))('makes what its receiver takes of an event %s', async (kind) => {
    const event = EVENTS[kind];
    if (event === undefined) throw new Error(kind);
    const result = FORMATS[name].safeParse(await renderTemplate(name, event));
    expect(result.error?.issues ?? []).toEqual([]);
  });

  test('makes a config that a hook can have, and asks for what it cannot know', () => {
    const subject = { source: 'crud', event: 'consumers', fields: crudFields };
    const built = buildFromTemplate(name, valuesOf(name), subject);
    expect(built.ok && HOOK_SCHEMAS['webhook-custom'].shape.config.partial().safeParse(built.config).error).toBe(
      undefined,
    );
    const required = HOOK_TEMPLATES[name].inputs.filter((input) => !('default' in input)).map((input) => input.name);
    expect(buildFromTemplate(name, { [required[0] ?? '']: ' ' }, subject)).toEqual({ ok: false, missing: required });
  });
});

test('an alert says in words what happened, and an incident ends when the hook delivers again', async () => {
  const subject = { source: 'eventhooks', event: null, fields: [] };
  const data = { hook_id: 'h1', hook_name: null, reason: 'gone', error_code: 'timeout' };
  const say = (name: string) => renderTemplate('slack', { ...subject, name, data });
  expect(await say('delivery-exhausted')).toEqual({ text: 'A delivery of the hook h1 failed for good: timeout' });
  expect(await say('hook-disabled')).toEqual({ text: 'The hook h1 was disabled: gone' });
  expect(await say('hook-recovered')).toEqual({ text: 'The hook h1 delivers again' });
  const page = (name: string) => renderTemplate('pagerduty', { ...subject, name, data });
  expect(await page('hook-disabled')).toMatchObject({ event_action: 'trigger', dedup_key: 'eventhooks/h1' });
  expect(await page('hook-recovered')).toMatchObject({ event_action: 'resolve', dedup_key: 'eventhooks/h1' });
});
