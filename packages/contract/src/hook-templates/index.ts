import { discord, googleChat, slack, teams } from './chat.ts';
import type { HookTemplate, TemplateConfig, TemplateSubject } from './define.ts';
import { opsgenie, pagerduty } from './incidents.ts';
import { genericJson, githubDispatch, jira } from './trackers.ts';

export type { HookTemplate, TemplateConfig, TemplateInput, TemplateSubject } from './define.ts';

/** Requests to start from when a `webhook-custom` hook is made, by name. The hook keeps no link to its template. */
export const HOOK_TEMPLATES = {
  slack,
  teams,
  discord,
  'google-chat': googleChat,
  pagerduty,
  opsgenie,
  jira,
  'github-dispatch': githubDispatch,
  json: genericJson,
} as const satisfies Readonly<Record<string, HookTemplate>>;

export type HookTemplateName = keyof typeof HOOK_TEMPLATES;

export function isHookTemplate(name: string): name is HookTemplateName {
  return Object.hasOwn(HOOK_TEMPLATES, name);
}

export type TemplateResult =
  | { ok: true; config: TemplateConfig }
  /** The names of the inputs that the user has to give, and did not. */
  | { ok: false; missing: string[] };

/** The `config` that a template makes of the user's values: empty ones count as not given. */
export function buildFromTemplate(
  name: HookTemplateName,
  values: Readonly<Record<string, string | undefined>>,
  subject: TemplateSubject,
): TemplateResult {
  const template: HookTemplate = HOOK_TEMPLATES[name];
  const given = template.inputs.map((input) => [input.name, values[input.name]?.trim() || input.default] as const);
  const missing = given.flatMap(([input, value]) => (value === undefined ? [input] : []));
  if (missing.length > 0) return { ok: false, missing };
  const complete = Object.fromEntries(given.map(([input, value]) => [input, value ?? '']));
  return { ok: true, config: template.build(complete, subject) };
}
