export const SECTIONS = {
  target: 'Where it goes',
  content: 'What is sent',
  firing: 'When it fires',
  delivery: 'How it is delivered',
  more: 'More',
} as const;
export type Section = keyof typeof SECTIONS;

/** Where a field stands, what it is called, and how it is edited. What has none is shown under “More”, as the API describes it. */
export interface Hint {
  label: string;
  section: Section;
  help?: string;
  editor?: 'template' | 'functions' | 'secret';
}

export const HINTS: Readonly<Record<string, Hint>> = {
  name: { label: 'Name', section: 'target', help: 'What people call this hook.' },
  'config.url': { label: 'URL', section: 'target' },
  'config.method': { label: 'Method', section: 'target', help: 'POST, PUT, PATCH, GET …' },
  'config.secret': {
    label: 'Secret',
    section: 'target',
    editor: 'secret',
    help: 'Signs each body, so that the receiver can tell it is ours.',
  },
  'config.signature_algorithm': { label: 'Algorithm of x-kong-signature', section: 'target' },
  'config.ssl_verify': { label: 'Check the receiver’s certificate', section: 'target' },
  'config.language': { label: 'Language', section: 'content' },
  'config.functions': {
    label: 'Functions',
    section: 'content',
    editor: 'functions',
    help: 'They run in order; each one’s result is the next one’s data. An error, or nil and a reason, fails the attempt.',
  },
  'config.payload': {
    label: 'Payload',
    section: 'content',
    help: 'A JSON object; its texts are templates. Encoded as the content-type header says.',
  },
  'config.payload_format': { label: 'The payload’s texts are templates', section: 'content' },
  'config.body': {
    label: 'Body',
    section: 'content',
    editor: 'template',
    help: 'The whole body as a template. It wins over the payload.',
  },
  'config.body_format': { label: 'The body is a template', section: 'content' },
  'config.headers': { label: 'Headers', section: 'content' },
  'config.headers_format': { label: 'The headers’ values are templates', section: 'content' },
  on_change: {
    label: 'Only when the data changed',
    section: 'firing',
    help: 'on_change: not when they are the same as those it fired for last.',
  },
  snooze: {
    label: 'Snooze, in seconds',
    section: 'firing',
    help: 'Silent for so long after it fired; with “only when changed”, for the same data.',
  },
  enabled: { label: 'Enabled', section: 'firing' },
  'retry.schedule': {
    label: 'Retry schedule',
    section: 'delivery',
    help: 'Waits between attempts, such as 5s, 5m, 2h. Empty: the installation’s.',
  },
  timeout: { label: 'Timeout of one attempt, in ms', section: 'delivery' },
  rate_limit: { label: 'Rate limit, deliveries a second', section: 'delivery' },
  max_in_flight: { label: 'Deliveries in flight at once, a worker', section: 'delivery' },
  tags: { label: 'Tags', section: 'delivery', help: 'Separated by commas.' },
};

export const ORDER: readonly string[] = Object.keys(HINTS);

export const HANDLERS = [
  { name: 'webhook', label: 'Webhook', text: 'POST the event as JSON to a URL, signed.' },
  { name: 'webhook-custom', label: 'Custom webhook', text: 'Any method, headers and body, from templates.' },
  { name: 'lambda', label: 'Lambda', text: 'Run Lua or JavaScript in a sandbox.' },
  { name: 'log', label: 'Log', text: 'Write a structured line to the worker’s log.' },
] as const;

export function labelOfField(path: string): string {
  return HINTS[path]?.label ?? path.replace(/^config\./, '').replaceAll('_', ' ');
}
