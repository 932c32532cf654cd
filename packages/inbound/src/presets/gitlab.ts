import { headerOrNull, type Preset } from './define.ts';

export const gitlab: Preset = {
  documentation: 'GitLab Docs 18, "Webhooks" and "Webhook events"',
  verify: { scheme: 'token', header: 'x-gitlab-token', prefix: '' },
  map: {
    source: "'gitlab'",
    event: 'body.object_kind',
    // The same on every retry of a delivery, since GitLab 17.4.
    id: headerOrNull('idempotency-key'),
  },
  setup: {
    steps: [
      'In the project or group: Settings, Webhooks, Add new webhook.',
      'URL: {url}',
      'Secret token: {secret}',
      'Choose the triggers, save, and press Test.',
    ],
  },
  catalogue: {
    push: { description: 'Commits were pushed to a branch.' },
    tag_push: { description: 'A tag was made or deleted.' },
    issue: { description: 'An issue was opened, closed or changed.' },
    note: { description: 'A comment was made on a commit, merge request, issue or snippet.' },
    merge_request: { description: 'A merge request was opened, merged, closed or changed.' },
    pipeline: { description: 'The status of a pipeline changed.' },
    build: { description: 'The status of a job changed.' },
    deployment: { description: 'A deployment started, succeeded, failed or was cancelled.' },
    release: { description: 'A release was made, changed or deleted.' },
  },
  samples: {
    push: {
      headers: { 'x-gitlab-event': 'Push Hook', 'idempotency-key': '3c0c3a5e-9d36-4a36-8f2e-5d2c1c7a8a11' },
      body: {
        object_kind: 'push',
        event_name: 'push',
        ref: 'refs/heads/main',
        checkout_sha: 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
        user_username: 'ada',
        project: { id: 15, path_with_namespace: 'shop/orders' },
        total_commits_count: 1,
      },
      events: [{ source: 'gitlab', event: 'push', id: '3c0c3a5e-9d36-4a36-8f2e-5d2c1c7a8a11' }],
    },
    pipeline: {
      headers: { 'x-gitlab-event': 'Pipeline Hook' },
      body: {
        object_kind: 'pipeline',
        object_attributes: { id: 31, ref: 'main', status: 'failed', duration: 63 },
        project: { id: 15, path_with_namespace: 'shop/orders' },
      },
      events: [{ source: 'gitlab', event: 'pipeline' }],
    },
  },
};
