import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PRESETS } from '@eventhooks/inbound/presets';
import type pg from 'pg';

/** Calls the Admin API. @throws Error with the answer, unless it is a success. */
export type Call = (method: string, path: string, body?: unknown) => Promise<Record<string, unknown>>;

export interface Seeded {
  billingHook: string;
  ordersHook: string;
  slackHook: string;
  filteredHook: string;
  failedDelivery: string;
  event: string;
}

const OWN_EVENTS = {
  'order-paid': ['order_id', 'amount', 'currency', 'customer'],
  'order-shipped': ['order_id', 'carrier', 'tracking'],
  'refund-issued': ['order_id', 'amount', 'reason'],
} as const;

const HOOKS = [
  {
    name: 'Order service',
    source: 'shop',
    handler: 'webhook',
    tags: ['orders'],
    config: { url: '/orders/webhooks', secret: 'whsec_M3dQ7d2bN0rJx8mUe5aTq1Zs', headers: { 'x-team': 'orders' } },
  },
  { name: 'CRM contacts', source: 'crud', event: 'consumers', handler: 'webhook', config: { url: '/crm/contacts' } },
  {
    name: 'Warehouse',
    source: 'shop',
    event: 'order-paid',
    handler: 'webhook',
    on_change: true,
    snooze: 60,
    config: { url: '/warehouse/in', secret: 'whsec_y2Lk0dE8uVvJ4gq6SxBn' },
  },
  {
    name: 'Slack #payments',
    source: 'shop',
    event: 'refund-issued',
    handler: 'webhook-custom',
    config: {
      url: '/services/T024/B05/x9',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      payload: { text: 'Refund of {{ amount }} {{ currency }} for order {{ order_id }}: {{ reason }}' },
    },
  },
  {
    name: 'Billing ledger',
    source: 'shop',
    event: 'order-paid',
    handler: 'webhook',
    retry: { schedule: ['1s', '2s', '20m', '2h'] },
    config: { url: '/billing/events', secret: 'whsec_pQ5r7nX1kW9cHt3yLm0B' },
  },
  {
    name: 'Partner ACME',
    source: 'shop',
    event: 'order-shipped',
    handler: 'webhook',
    retry: { schedule: ['1s', '3s'] },
    config: { url: '/partners/acme' },
  },
  {
    name: 'Search index',
    source: 'shop',
    event: 'order-paid',
    handler: 'webhook',
    retry: { schedule: ['1s', '2s', '4s', '20m', '2h'] },
    config: { url: '/search/ingest', secret: 'whsec_h7GfK2sVq0ZbNw4tXy' },
  },
  {
    name: 'Fraud check',
    source: 'shop',
    event: 'order-paid',
    handler: 'lambda',
    config: {
      functions: [
        'return function (data)\n  kong.log.notice("checking order ", data.order_id)\n  if data.amount > 900 then\n    kong.log.warn("large order: ", data.amount, " ", data.currency)\n  end\n  return { score = data.amount / 1000 }\nend\n',
      ],
    },
  },
  {
    name: 'Large orders',
    source: 'shop',
    events: ['order-*'],
    filter: 'data.amount >= 500 && data.currency == "EUR"',
    handler: 'log',
  },
  { name: 'Audit trail', source: 'crud', event: 'services', handler: 'log' },
  { name: 'Legacy ERP', source: 'shop', event: 'refund-issued', handler: 'webhook', config: { url: '/legacy/soap' } },
] as const;

const CUSTOMERS = [
  'ada@example.com',
  'grace@example.com',
  'alan@example.com',
  'edsger@example.com',
  'barbara@example.com',
];

/** Fills an installation as a shop's would be: sources, hooks, tokens, events and their deliveries. */
export async function seed(
  call: Call,
  pool: pg.Pool,
  { adminUrl, receiverUrl }: { adminUrl: string; receiverUrl: string },
): Promise<Seeded> {
  for (const [event, fields] of Object.entries(OWN_EVENTS)) {
    await call('PUT', `/event-hooks/sources/shop/${event}`, {
      description: `${event.replace('-', ' ')}`.replace(/^\w/, (first) => first.toUpperCase()),
      fields,
      unique: ['order_id'],
    });
  }
  await call('POST', '/tokens', { name: 'shop backend', role: 'publisher' });
  await call('POST', '/tokens', { name: 'on-call', role: 'viewer' });
  await call('POST', '/tokens', { name: 'terraform', role: 'admin' });
  await call('POST', '/workspaces', { name: 'team-data' });
  const ids = new Map<string, string>();
  for (const hook of HOOKS) {
    const config =
      'config' in hook ? { ...hook.config, ...('url' in hook.config && { url: receiverUrl + hook.config.url }) } : {};
    const made = await call('POST', '/event-hooks', { ...hook, config });
    ids.set(hook.name, String(made.id));
  }
  await call('PATCH', `/event-hooks/${ids.get('CRM contacts')}`, { timeout: 10_000 });
  await call('POST', '/inbound', { name: 'github', preset: 'github', verify: { secrets: [githubSecret] } });
  await call('POST', '/inbound', { name: 'stripe', preset: 'stripe', verify: { secrets: [githubSecret] } });
  await publishAll(call);
  await sendFromGithub(adminUrl);
  await settle(pool);
  const failed = await pool.query<{ id: string; event_id: string }>(
    `SELECT id, event_id FROM deliveries WHERE hook_id = $1 AND attempt_count >= 4 ORDER BY id DESC LIMIT 1`,
    [ids.get('Search index')],
  );
  return {
    billingHook: ids.get('Billing ledger') ?? '',
    ordersHook: ids.get('Order service') ?? '',
    slackHook: ids.get('Slack #payments') ?? '',
    filteredHook: ids.get('Large orders') ?? '',
    failedDelivery: failed.rows[0]?.id ?? '',
    event: failed.rows[0]?.event_id ?? '',
  };
}

const githubSecret = 'whsec_Zk3x8Qe1Tn5uRv9bYc2dWm7p';

/** One request that is accepted, and one whose sender has another secret. */
async function sendFromGithub(adminUrl: string): Promise<void> {
  const sample = PRESETS.github.samples.push;
  const text = JSON.stringify(sample?.body);
  for (const secret of [githubSecret, 'the-secret-before']) {
    const signature = createHmac('sha256', secret).update(text).digest('hex');
    await fetch(`${adminUrl}/in/github`, {
      method: 'POST',
      headers: { ...sample?.headers, 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
      body: text,
    });
  }
}

async function publishAll(call: Call): Promise<void> {
  for (let number = 0; number < 36; number += 1) {
    const order = { order_id: `ord_${7_204 + number}`, amount: 49 + ((number * 173) % 1_050), currency: 'EUR' };
    const customer = CUSTOMERS[number % CUSTOMERS.length];
    const events: Record<string, unknown>[] = [{ source: 'shop', event: 'order-paid', data: { ...order, customer } }];
    // The same event again, which on_change suppresses for the warehouse.
    if (number % 6 === 0) events.push({ source: 'shop', event: 'order-paid', data: { ...order, customer } });
    if (number % 3 === 0) {
      const tracking = `1Z${999_000 + number}`;
      events.push({
        source: 'shop',
        event: 'order-shipped',
        data: { order_id: order.order_id, carrier: 'UPS', tracking },
      });
    }
    if (number % 7 === 2) {
      events.push({ source: 'shop', event: 'refund-issued', data: { ...order, reason: 'damaged in transit' } });
    }
    if (number % 5 === 1) {
      const entity = { username: customer?.split('@')[0], email: customer };
      events.push({ source: 'crud', event: 'consumers', data: { operation: 'update', entity } });
    }
    await call('POST', '/events', events);
    await sleep(60);
  }
}

/** Waits until nothing is due within the next seconds. */
async function settle(pool: pg.Pool): Promise<void> {
  for (let tries = 0; tries < 120; tries += 1) {
    await sleep(500);
    const { rows } = await pool.query<{ busy: boolean }>(
      `SELECT EXISTS (SELECT FROM dispatch_batches) OR EXISTS (SELECT FROM deliveries WHERE next_attempt_at < now() + interval '8 s') AS busy`,
    );
    if (rows[0]?.busy === false && tries > 12) return;
  }
}
