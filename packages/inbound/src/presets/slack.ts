import type { Preset } from './define.ts';

export const slack: Preset = {
  documentation: 'Slack API, "The Events API" and "Verifying requests from Slack", signatures v0',
  verify: { scheme: 'slack', header: 'x-slack-signature', tolerance: 300 },
  map: {
    source: "'slack'",
    event: 'has(body.event) ? body.event.type : body.type',
    id: 'has(body.event_id) ? body.event_id : null',
  },
  respond: { challenge: 'url_verification' },
  setup: {
    steps: [
      "On api.slack.com: your app, Basic Information, App Credentials: the signing secret is this endpoint's secret.",
      "Event Subscriptions, Enable Events, Request URL: {url}. Slack's question for the URL is answered.",
      'Subscribe to bot events, save, and install the app anew.',
    ],
    hasOwnSecret: true,
  },
  catalogue: {
    app_mention: { description: 'The app was mentioned.' },
    message: { description: 'A message was sent in a conversation.' },
    reaction_added: { description: 'A reaction was added to an item.' },
    member_joined_channel: { description: 'Somebody joined a channel.' },
    app_home_opened: { description: "Somebody opened the app's home." },
  },
  samples: {
    'app-mention': {
      body: {
        team_id: 'T0001',
        api_app_id: 'A0001',
        event: {
          type: 'app_mention',
          user: 'U0001',
          text: '<@U0LAN0Z89> hello',
          ts: '1515449522.000016',
          channel: 'C0001',
        },
        type: 'event_callback',
        event_id: 'Ev0MDYGDKJ',
        event_time: 1_515_449_522,
      },
      events: [{ source: 'slack', event: 'app_mention', id: 'Ev0MDYGDKJ' }],
    },
  },
};
