import { headerOrNull, type Preset } from './define.ts';

export const github: Preset = {
  documentation: 'GitHub Docs, "Webhook events and payloads", REST API version 2022-11-28',
  verify: { scheme: 'hmac', header: 'x-hub-signature-256', algorithm: 'sha256', encoding: 'hex', prefix: 'sha256=' },
  map: {
    source: "'github'",
    event: "headers['x-github-event'] + (has(body.action) ? '.' + body.action : '')",
    id: headerOrNull('x-github-delivery'),
  },
  respond: { challenge: 'ping' },
  setup: {
    steps: [
      'In the repository or organization: Settings, Webhooks, Add webhook.',
      'Payload URL: {url}',
      'Content type: application/json',
      'Secret: {secret}',
      "Choose the events, and save. GitHub's ping is answered, and is no event.",
    ],
  },
  catalogue: {
    push: { description: 'Commits, or a branch or tag, were pushed.' },
    'issues.*': { description: 'An issue was opened, closed, labelled or changed otherwise.' },
    'issue_comment.*': { description: 'A comment on an issue or pull request was made, changed or deleted.' },
    'pull_request.*': { description: 'A pull request was opened, closed, synchronized or changed otherwise.' },
    'pull_request_review.*': { description: 'A review of a pull request was submitted, edited or dismissed.' },
    'release.*': { description: 'A release was published or changed otherwise.' },
    'workflow_run.*': { description: 'A run of a workflow was requested, is in progress, or has completed.' },
    'check_run.*': { description: 'A check was made, has completed, or was asked for again.' },
    'deployment_status.*': { description: 'The state of a deployment changed.' },
    'star.*': { description: 'A star was given to the repository, or taken back.' },
  },
  samples: {
    push: {
      headers: { 'x-github-event': 'push', 'x-github-delivery': '0b989ba4-242f-11e5-81e1-c7b6966d2516' },
      body: {
        ref: 'refs/heads/main',
        before: '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
        after: '0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c',
        repository: { id: 35129377, full_name: 'octo-org/orders', private: false },
        pusher: { name: 'ada', email: 'ada@example.com' },
        commits: [
          { id: '0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c', message: 'Round prices', added: [], modified: ['a.ts'] },
        ],
      },
      events: [{ source: 'github', event: 'push', id: '0b989ba4-242f-11e5-81e1-c7b6966d2516' }],
    },
    'issue-opened': {
      headers: { 'x-github-event': 'issues', 'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958' },
      body: {
        action: 'opened',
        issue: { id: 73464126, number: 2, title: 'Prices are off by a cent', state: 'open', user: { login: 'ada' } },
        repository: { id: 35129377, full_name: 'octo-org/orders' },
        sender: { login: 'ada', id: 6752317 },
      },
      events: [{ source: 'github', event: 'issues.opened', id: '72d3162e-cc78-11e3-81ab-4c9367dc0958' }],
    },
  },
};
