import { type HookTemplate, jsonHeaders } from './define.ts';
import { factsOf, fieldsOf, noEscape, titleOf } from './texts.ts';

export const jira: HookTemplate = {
  label: 'Jira',
  description: 'An issue of a project.',
  docs: 'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-post',
  inputs: [
    { name: 'site', label: 'Site', hint: 'The host of your Jira.', example: 'example.atlassian.net' },
    { name: 'email', label: 'E-mail', hint: 'Of the account that makes the issues.', example: 'bot@example.com' },
    {
      name: 'token',
      label: 'API token',
      hint: 'In Atlassian: Account settings, Security, API tokens.',
      example: 'ATATT3x',
      isSecret: true,
    },
    { name: 'project', label: 'Project key', hint: 'The beginning of its issues’ names.', example: 'OPS' },
    { name: 'issue_type', label: 'Issue type', hint: 'A type of that project.', example: 'Bug', default: 'Task' },
  ],
  build: ({ site = '', email = '', token = '', project = '', issue_type = '' }, subject) => ({
    url: `https://${site}/rest/api/3/issue`,
    method: 'POST',
    headers: { ...jsonHeaders, accept: 'application/json', authorization: `Basic ${toBase64(`${email}:${token}`)}` },
    payload: {
      fields: {
        project: { key: project },
        issuetype: { name: issue_type },
        // A summary is one line.
        summary: `{% set title %}${titleOf(subject, noEscape)}{% endset %}{{ title | replace("\\r", " ") | replace("\\n", " ") | truncate(240, true, "…") }}`,
        description: {
          type: 'doc',
          version: 1,
          content: [
            { type: 'paragraph', content: [{ type: 'text', text: titleOf(subject, noEscape) }] },
            ...factsOf(subject, noEscape).map(([name, value]) => ({
              type: 'paragraph',
              content: [{ type: 'text', text: `${name}: ${value}` }],
            })),
          ],
        },
      },
    },
  }),
};

export const githubDispatch: HookTemplate = {
  label: 'GitHub dispatch',
  description: 'Runs the workflows of a repository that listen to repository_dispatch.',
  docs: 'https://docs.github.com/rest/repos/repos#create-a-repository-dispatch-event',
  inputs: [
    { name: 'repository', label: 'Repository', hint: 'Its owner and its name.', example: 'octocat/hello-world' },
    {
      name: 'token',
      label: 'Token',
      hint: 'In GitHub: Settings, Developer settings, with the right “Contents: write” on the repository.',
      example: 'github_pat_11A',
      isSecret: true,
    },
  ],
  build: ({ repository = '', token = '' }, subject) => ({
    url: `https://api.github.com/repos/${repository}/dispatches`,
    method: 'POST',
    headers: {
      ...jsonHeaders,
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'user-agent': 'Eventhooks',
      'x-github-api-version': '2022-11-28',
    },
    body: `{"event_type": {{ (source ~ "." ~ event) | truncate(99, true, "…") | json }}, "client_payload": ${jsonOf(fieldsOf(subject))}}`,
  }),
};

export const genericJson: HookTemplate = {
  label: 'JSON',
  description: 'The event as JSON, its fields one by one: add, remove and rename them.',
  docs: 'https://www.rfc-editor.org/rfc/rfc8259',
  inputs: [{ name: 'url', label: 'URL', hint: 'Of the receiver.', example: 'https://example.com/events' }],
  build: ({ url = '' }, subject) => ({
    url,
    method: 'POST',
    headers: jsonHeaders,
    body: `{\n  "source": {{ source | json }},\n  "event": {{ event | json }},\n  "data": ${jsonOf(fieldsOf(subject))}\n}\n`,
  }),
};

/** The template of an object with these fields of the event. */
function jsonOf(fields: readonly string[]): string {
  return `{${fields.map((field) => `"${field}": {{ ${field} | json }}`).join(', ')}}`;
}

function toBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
