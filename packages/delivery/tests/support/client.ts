import {
  createDeliveryClient,
  type DeliveryClient,
  type DeliveryClientOptions,
  type EgressPolicy,
  type OutboundRequest,
  parseEgressAllow,
} from '../../src/index.ts';

export function allow(text: string): EgressPolicy {
  const parsed = parseEgressAllow(text);
  if (!parsed.ok) throw new Error(parsed.faults.join());
  return parsed.policy;
}

/** A client that may reach this machine; close it after use. */
export function createLocalClient(options: Partial<DeliveryClientOptions> = {}): DeliveryClient {
  return createDeliveryClient({ egress: allow('127.0.0.0/8,::1'), ...options });
}

/** A POST with a short body; its deadline is generous, so that a loaded machine does not meet it. */
export function post(url: string, changes: Partial<OutboundRequest> = {}): OutboundRequest {
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
    timeoutMs: 15_000,
    tls: { verify: true },
    ...changes,
  };
}
