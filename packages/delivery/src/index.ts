export { addEvents, type BatchItem, buildBatchRequest } from './batch-request.ts';
export { type AddressCheck, checkHost, checkUrl, resolveAndCheckUrl, type UrlCheck } from './check-url.ts';
export { createDeliveryClient, type DeliveryClient, type DeliveryClientOptions } from './client.ts';
export { buildCustomRequest, type CustomRequest, type CustomRequestInput } from './custom-request.ts';
export {
  type EgressPolicy,
  findEgressFaults,
  type ParsedEgressAllow,
  PUBLIC_ONLY,
  parseEgressAllow,
} from './egress-policy.ts';
export {
  type AttemptResult,
  type FailureKind,
  type FailureRule,
  failureKinds,
  type OutboundRequest,
  type ReceivedResponse,
  type TlsPolicy,
} from './outcome.ts';
export { createNameResolver, type NameResolverOptions, type ResolveName } from './resolve-name.ts';
export { retryDelayMs } from './retry.ts';
export { parseRetryAfterMs } from './retry-after.ts';
export { type SigningInput, signRequest } from './sign.ts';
export { addEventAndSource, type BuiltRequest, buildWebhookRequest, type WebhookInput } from './webhook-request.ts';
