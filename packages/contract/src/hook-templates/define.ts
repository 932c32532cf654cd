import type { JsonObject } from '../json.ts';

/** A value that the receiver gave to its user, such as the URL of a channel. */
export interface TemplateInput {
  name: string;
  label: string;
  /** Where the user finds it. */
  hint: string;
  example: string;
  /** Taken when the user gives none. Absent: the user has to give it. */
  default?: string;
  /** Not shown on a screen. */
  isSecret?: true;
}

/** The `config` of a `webhook-custom` hook, without the fields that stay at their default. */
export interface TemplateConfig {
  url: string;
  method: 'POST';
  headers: Record<string, string>;
  payload?: JsonObject;
  body?: string;
}

/** The events of the hook that is made: the template's texts name their fields. */
export interface TemplateSubject {
  source: string;
  /** Null: every event of the source. */
  event: string | null;
  /** The fields that the catalogue lists for the event; none when it is null. */
  fields: readonly string[];
}

/** A request to start from, for a receiver with a format of its own. */
export interface HookTemplate {
  label: string;
  description: string;
  /** The receiver's own description of the format. */
  docs: string;
  inputs: readonly TemplateInput[];
  /** `values` has every input by its name. */
  build(values: Readonly<Record<string, string>>, subject: TemplateSubject): TemplateConfig;
}

export const jsonHeaders = { 'content-type': 'application/json' };
