import type { PrintedHook } from '@eventhooks/contract';
import {
  buildFromTemplate,
  HOOK_TEMPLATES,
  type HookTemplate,
  type HookTemplateName,
  isHookTemplate,
  type TemplateInput,
} from '@eventhooks/contract/hook-templates';
import type { Api } from '../api.ts';
import { quote } from '../as-curl.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { formatTable, plain } from '../output.ts';
import { ask, askHidden } from '../profiles/ask.ts';
import { type Assignment, applyAssignment } from '../samples/set-value.ts';
import type { Session } from '../session.ts';
import { labelOf } from './find-hook.ts';

export interface CreateOptions {
  source: string;
  event?: string;
  name?: string;
  handler?: string;
  template?: string;
  /** Values for the template. */
  with?: Record<string, string>;
  /** The receiver's URL. */
  to?: string;
  secret?: string;
  set?: Assignment[];
}

/** Makes a hook from options, or from a template for a known receiver. */
export async function createHook({ api, output }: Session, options: CreateOptions): Promise<void> {
  const { source, event, name, to, secret } = options;
  if (options.with !== undefined && options.template === undefined)
    throw new CommandFailure(EXIT.usage, '--with gives a value to a template; name one by --template');
  const start =
    options.template === undefined
      ? { handler: options.handler ?? 'webhook', config: {} }
      : { handler: 'webhook-custom', config: await fillTemplate(api, options.template, options) };
  const config: Record<string, unknown> = {
    ...start.config,
    ...(to !== undefined && options.template === undefined && { url: to }),
    ...(secret !== undefined && { secret }),
  };
  const body: Record<string, unknown> = {
    ...(name !== undefined && { name }),
    source,
    ...(event !== undefined && { event }),
    handler: start.handler,
    config,
  };
  for (const assignment of options.set ?? []) applyAssignment(body, assignment);
  const hook = await api.call('POST /event-hooks', { query: { ping: 'false' }, body });
  const ping = await describePing({ api, output }, hook);
  output.result(hook, () =>
    [
      `Created the hook ${labelOf(hook)}${hook.name ? ` (${plain(hook.id)})` : ''}. It hears ${describeEvents(hook)}.`,
      ...ping,
      `To try it: eventhooks hooks test ${quote(labelOf(hook))}`,
    ].join('\n'),
  );
}

/** Pings a new webhook, and says what its receiver answered. The hook stays, whatever that is. */
async function describePing({ api, output }: Session, { id, handler }: PrintedHook): Promise<string[]> {
  if (handler !== 'webhook' && handler !== 'webhook-custom') return [];
  const answer = await api.request('GET /event-hooks/{id}/ping', { params: { id } });
  if (answer.ok) return [output.paint('green', '✓ The receiver took the ping.')];
  const message = answer.kind === 'unreachable' ? answer.message : String(answer.body?.message ?? answer.message);
  return [output.paint('yellow', `! The receiver did not take the ping: ${plain(message)}`)];
}

function describeEvents({ source, event }: { source: string; event: string | null }): string {
  return event === null ? `every event of the source '${plain(source)}'` : plain(`${source}/${event}`);
}

async function fillTemplate(api: Api, name: string, options: CreateOptions): Promise<object> {
  if (!isHookTemplate(name)) {
    throw new CommandFailure(
      EXIT.usage,
      `There is no template '${name}'; there are ${Object.keys(HOOK_TEMPLATES).join(', ')}`,
    );
  }
  const template: HookTemplate = HOOK_TEMPLATES[name];
  const known = new Set(template.inputs.map((input) => input.name));
  const unknown = Object.keys(options.with ?? {}).filter((input) => !known.has(input));
  if (unknown.length > 0)
    throw new CommandFailure(
      EXIT.usage,
      `The template '${name}' takes ${[...known].join(', ')}, not ${unknown.join(', ')}`,
    );
  const values = { ...(options.to !== undefined && { url: options.to }), ...options.with };
  const completed = process.stdin.isTTY ? { ...(await askForInputs(template, values)), ...values } : values;
  return build(name, template, completed, await readSubject(api, options));
}

async function askForInputs(
  { inputs }: HookTemplate,
  given: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const { name, label, hint, isSecret, default: usual = '' } of inputs) {
    if (given[name] !== undefined) continue;
    const question = `${label} (${hint})`;
    answers[name] = isSecret ? await askHidden(question) : await ask(question, usual);
  }
  return answers;
}

function build(
  name: HookTemplateName,
  template: HookTemplate,
  values: Record<string, string>,
  subject: Parameters<typeof buildFromTemplate>[2],
): object {
  const result = buildFromTemplate(name, values, subject);
  if (result.ok) return result.config;
  const lines = template.inputs
    .filter((input) => result.missing.includes(input.name))
    .map((input) => `  --with ${input.name}=${input.example}   ${describeInput(input)}`);
  throw new CommandFailure(EXIT.usage, [`The template '${name}' needs more:`, ...lines].join('\n'));
}

function describeInput({ label, hint }: TemplateInput): string {
  return `${label}. ${hint}`;
}

/** The fields that the template's text can name. */
async function readSubject(api: Api, { source, event }: CreateOptions) {
  if (event === undefined) return { source, event: null, fields: [] };
  const answer = await api.request('GET /event-hooks/sources/{source}/{event}', { params: { source, event } });
  return { source, event, fields: answer.ok ? answer.body.data.fields : [] };
}

/** Lists the templates, with the values that each asks for. */
export async function listTemplates({ output }: Session): Promise<void> {
  const templates = Object.entries(HOOK_TEMPLATES).map(([name, { label, description, docs, inputs }]) => ({
    name,
    label,
    description,
    docs,
    inputs,
  }));
  output.result(templates, () =>
    formatTable(
      ['template', 'makes', 'takes'],
      templates.map(({ name, label, description, inputs }) => [
        name,
        `${label}: ${description}`,
        inputs.map((input) => input.name).join(', '),
      ]),
    ),
  );
}
