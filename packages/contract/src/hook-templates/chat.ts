import type { JsonValue } from '../json.ts';
import { type HookTemplate, jsonHeaders, type TemplateInput, type TemplateSubject } from './define.ts';
import { type Escape, factsOf, messageOf, noEscape, printed, titleOf } from './texts.ts';

function urlInput(hint: string, example: string): TemplateInput {
  return { name: 'url', label: 'Webhook URL', hint, example, isSecret: true };
}

/** https://docs.slack.dev/messaging/formatting-message-text/: without this a value `<!channel>` would call everybody. */
const slackEscape: Escape = ' | replace("&", "&amp;") | replace("<", "&lt;") | replace(">", "&gt;")';

/** Google Chat has no escape for `<users/all>`, which calls everybody. */
const googleChatEscape: Escape = ' | replace("<", "‹")';

export const slack: HookTemplate = {
  label: 'Slack',
  description: 'A message in a channel.',
  docs: 'https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/',
  inputs: [
    urlInput(
      'In Slack: your app, Incoming Webhooks, Add New Webhook.',
      'https://hooks.slack.com/services/T000/B000/XXXX',
    ),
  ],
  build: ({ url = '' }, subject) => ({
    url,
    method: 'POST',
    headers: jsonHeaders,
    payload: { text: messageOf(subject, slackEscape) },
  }),
};

export const teams: HookTemplate = {
  label: 'Microsoft Teams',
  description: 'An adaptive card in a channel or chat.',
  docs: 'https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook',
  inputs: [
    urlInput(
      'In Teams: the channel’s menu, Workflows, “Send webhook alerts to a channel”.',
      'https://example.webhook.office.com/workflows/1234',
    ),
  ],
  build: ({ url = '' }, subject) => ({
    url,
    method: 'POST',
    headers: jsonHeaders,
    payload: {
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            type: 'AdaptiveCard',
            version: '1.4',
            body: cardOf(subject),
          },
        },
      ],
    },
  }),
};

function cardOf(subject: TemplateSubject): JsonValue {
  const facts = factsOf(subject, noEscape).map(([title, value]) => ({ title, value }));
  return [
    { type: 'TextBlock', text: titleOf(subject, noEscape), wrap: true, weight: 'Bolder' },
    { type: 'FactSet', facts },
  ];
}

/** A message has at most 2,000 characters: title and ten facts of 150. */
const discordFactCharacters = 150;

export const discord: HookTemplate = {
  label: 'Discord',
  description: 'A message in a channel. It calls nobody, whatever the event’s data say.',
  docs: 'https://discord.com/developers/docs/resources/webhook#execute-webhook',
  inputs: [
    urlInput('In Discord: the channel’s settings, Integrations, Webhooks.', 'https://discord.com/api/webhooks/123/abc'),
  ],
  build: ({ url = '' }, subject) => ({
    url,
    method: 'POST',
    headers: jsonHeaders,
    payload: {
      content: [
        titleOf(subject, noEscape),
        ...factsOf(subject, noEscape).map(([name]) => {
          return `${name.slice(0, 30)}: ${printed(name, noEscape, discordFactCharacters)}`;
        }),
      ].join('\n'),
      allowed_mentions: { parse: [] },
    },
  }),
};

export const googleChat: HookTemplate = {
  label: 'Google Chat',
  description: 'A message in a space.',
  docs: 'https://developers.google.com/workspace/chat/quickstart/webhooks',
  inputs: [
    urlInput(
      'In Google Chat: the space’s menu, Apps & integrations, Webhooks.',
      'https://chat.googleapis.com/v1/spaces/AAAA/messages?key=KEY&token=TOKEN',
    ),
  ],
  build: ({ url = '' }, subject) => ({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    payload: { text: messageOf(subject, googleChatEscape) },
  }),
};
