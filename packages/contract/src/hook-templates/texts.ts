import type { TemplateSubject } from './define.ts';

/** A filter chain that keeps values from being read as the receiver's markup. Empty: the receiver takes plain text. */
export type Escape = string;

export const noEscape: Escape = '';

/** Printed values are cut here, so that a message stays within the limits of all receivers. */
const shownCharacters = 300;

/** Names that can stand in a template as they are. */
const simpleName = /^[A-Za-z_]\w*$/;

/** A tag that prints an expression, cut and escaped. */
export function printed(expression: string, escaping: Escape, characters = shownCharacters): string {
  return `{{ ${expression} | truncate(${characters}, true, "…")${escaping} }}`;
}

/** One line that says what happened. */
export function titleOf({ source }: TemplateSubject, escaping: Escape): string {
  const name = `${printed('source', escaping, 60)}/${printed('event', escaping, 60)}`;
  if (source !== 'eventhooks') return name;
  const hook = printed('(hook_name or hook_id)', escaping, 80);
  return [
    `{% if event == "delivery-exhausted" %}A delivery of the hook ${hook} failed for good: ${printed('error_code', escaping, 40)}`,
    `{% elif event == "hook-disabled" %}The hook ${hook} was disabled: ${printed('reason', escaping, 40)}`,
    `{% elif event == "hook-recovered" %}The hook ${hook} delivers again`,
    `{% else %}${name}{% endif %}`,
  ].join('');
}

/** The event's fields with a tag that prints each. At most ten: some receivers take no more. */
export function factsOf(subject: TemplateSubject, escaping: Escape): [name: string, value: string][] {
  return fieldsOf(subject).map((field) => [field, printed(field, escaping)]);
}

export function fieldsOf({ fields }: TemplateSubject): string[] {
  return fields.filter((field) => simpleName.test(field) && field !== 'event' && field !== 'source').slice(0, 10);
}

/** The title, and a line for each fact. */
export function messageOf(subject: TemplateSubject, escaping: Escape): string {
  return [titleOf(subject, escaping), ...factsOf(subject, escaping).map(([name, value]) => `${name}: ${value}`)].join(
    '\n',
  );
}
