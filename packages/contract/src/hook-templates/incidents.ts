import { type HookTemplate, jsonHeaders, type TemplateSubject } from './define.ts';
import { factsOf, messageOf, noEscape, titleOf } from './texts.ts';

/** Alerts of one hook of ours are one incident, which ends when the hook delivers again. */
function incidentOf({ source }: TemplateSubject): { event_action: string; dedup_key?: string } {
  if (source !== 'eventhooks') return { event_action: 'trigger' };
  return {
    event_action: '{% if event == "hook-recovered" %}resolve{% else %}trigger{% endif %}',
    dedup_key: 'eventhooks/{{ hook_id }}',
  };
}

export const pagerduty: HookTemplate = {
  label: 'PagerDuty',
  description: 'An incident of a service.',
  docs: 'https://developer.pagerduty.com/docs/send-alert-event',
  inputs: [
    {
      name: 'routing_key',
      label: 'Integration key',
      hint: 'In PagerDuty: the service, Integrations, Events API V2.',
      example: 'a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4',
      isSecret: true,
    },
    {
      name: 'severity',
      label: 'Severity',
      hint: 'critical, error, warning or info.',
      example: 'warning',
      default: 'error',
    },
  ],
  build: ({ routing_key = '', severity = '' }, subject) => ({
    url: 'https://events.pagerduty.com/v2/enqueue',
    method: 'POST',
    headers: jsonHeaders,
    payload: {
      routing_key,
      ...incidentOf(subject),
      payload: {
        summary: titleOf(subject, noEscape),
        source: '{{ source }}',
        severity,
        custom_details: Object.fromEntries(factsOf(subject, noEscape)),
      },
    },
  }),
};

export const opsgenie: HookTemplate = {
  label: 'Opsgenie',
  description: 'An alert.',
  docs: 'https://docs.opsgenie.com/docs/alert-api#create-alert',
  inputs: [
    {
      name: 'api_key',
      label: 'API key',
      hint: 'In Opsgenie: the team, Integrations, API.',
      example: 'eb243592-faa2-4ba2-a551-1afdf565c889',
      isSecret: true,
    },
    { name: 'priority', label: 'Priority', hint: 'P1, the highest, to P5.', example: 'P2', default: 'P3' },
    {
      name: 'host',
      label: 'Host',
      hint: 'api.eu.opsgenie.com for accounts in Europe.',
      example: 'api.eu.opsgenie.com',
      default: 'api.opsgenie.com',
    },
  ],
  build: ({ api_key = '', priority = '', host = '' }, subject) => ({
    url: `https://${host}/v2/alerts`,
    method: 'POST',
    headers: { ...jsonHeaders, authorization: `GenieKey ${api_key}` },
    payload: {
      // The API refuses a message of more than 130 characters.
      message: `{% set title %}${titleOf(subject, noEscape)}{% endset %}{{ title | truncate(126, true, "…") }}`,
      description: messageOf(subject, noEscape),
      source: 'Eventhooks',
      priority,
      details: Object.fromEntries(factsOf(subject, noEscape)),
    },
  }),
};
