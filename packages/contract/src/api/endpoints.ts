import type { z } from 'zod';
import type { inboundInputSchema, inboundPatchSchema } from '../inbound.ts';
import type {
  PrintedAuditEntry,
  PrintedNewToken,
  PrintedToken,
  PrintedWorkspace,
  tokenInputSchema,
  tokenPatchSchema,
  workspaceInputSchema,
  workspacePatchSchema,
} from './access.ts';
import type { PrintedHookStats, PrintedStats, PrintedSystem } from './activity.ts';
import type { Page, SearchPage } from './answers.ts';
import type { PrintedCapacity } from './capacity.ts';
import type { PrintedDelivery, PrintedDeliveryWithAttempts, PrintedReplay, replayInputSchema } from './deliveries.ts';
import type {
  checkedEventsSchema,
  PrintedEvent,
  PrintedEventWithDecisions,
  receiptsSchema,
  sourceEntrySchema,
  sourceEventsSchema,
  sourcesSchema,
} from './events.ts';
import type { renderResultSchema, testResultSchema } from './hook-trials.ts';
import type { hookSecretsSchema, hookStatusSchema, PrintedHook, pingSchema, rotateSecretInputSchema } from './hooks.ts';
import type { PrintedInbound, PrintedRejection } from './inbound.ts';
import type {
  auditPageQuerySchema,
  bulkInputSchema,
  bulkResultSchema,
  deliveryCountSchema,
  deliveryPageQuerySchema,
  deliveryQuerySchema,
  eventPageQuerySchema,
  eventQuerySchema,
  hookPageQuerySchema,
  hookStatsQuerySchema,
  hookWriteQuerySchema,
  inboundPageQuerySchema,
  pageQuerySchema,
  replayPageQuerySchema,
  statsQuerySchema,
  testQuerySchema,
} from './queries.ts';

export type PrintedHookStatus = z.output<typeof hookStatusSchema>;
export type PrintedHookSecret = z.output<typeof hookSecretsSchema>['data'][number];
export type PrintedSource = z.output<typeof sourceEventsSchema>['data'];
export type PrintedSources = z.output<typeof sourcesSchema>['data'];
export type PrintedTestResult = z.output<typeof testResultSchema>;
export type PrintedRender = z.output<typeof renderResultSchema>;

/** A query as a URL holds it. */
type Written<S extends z.ZodObject> = { [K in keyof z.input<S>]?: string | number };
/** A body that is checked against more than its schema: the catalogue, or the hook that it changes. */
type AnyObject = Record<string, unknown>;

/**
 * The Admin API for clients in TypeScript: the input and answer of each route, by method and path. The type checker compares
 * the admin's routes with this table.
 */
export interface Endpoints {
  'POST /events': { body: AnyObject | AnyObject[]; answer: z.output<typeof receiptsSchema> };
  'POST /events/check': { body: AnyObject | AnyObject[]; answer: z.output<typeof checkedEventsSchema> };
  'GET /events': { query: Written<typeof eventPageQuerySchema>; answer: SearchPage<PrintedEvent> };
  'GET /events/{id}': { query: Written<typeof eventQuerySchema>; answer: PrintedEventWithDecisions };

  'GET /event-hooks': { query: Written<typeof hookPageQuerySchema>; answer: Page<PrintedHook> };
  'POST /event-hooks': { query: Written<typeof hookWriteQuerySchema>; body: AnyObject; answer: PrintedHook };
  'GET /event-hooks/{id}': { answer: PrintedHook };
  'PUT /event-hooks/{id}': { query: Written<typeof hookWriteQuerySchema>; body: AnyObject; answer: PrintedHook };
  'PATCH /event-hooks/{id}': { query: Written<typeof hookWriteQuerySchema>; body: AnyObject; answer: PrintedHook };
  'DELETE /event-hooks/{id}': { answer: undefined };
  'GET /event-hooks/{id}/status': { answer: PrintedHookStatus };
  'GET /event-hooks/{id}/ping': { answer: z.output<typeof pingSchema> };
  'POST /event-hooks/{id}/test': {
    query: Written<typeof testQuerySchema>;
    body: AnyObject;
    answer: PrintedTestResult;
  };
  'POST /event-hooks/test': { body: AnyObject; answer: PrintedTestResult };
  'POST /event-hooks/{id}/replay': { body: z.input<typeof replayInputSchema>; answer: PrintedReplay };
  'POST /event-hooks/{id}/rotate-secret': { body: z.input<typeof rotateSecretInputSchema>; answer: PrintedHook };
  'GET /event-hooks/{id}/secrets': { answer: z.output<typeof hookSecretsSchema> };
  'POST /event-hooks/render': { body: AnyObject; answer: PrintedRender };

  'GET /event-hooks/sources': { answer: { data: PrintedSources } };
  'GET /event-hooks/sources/{source}': { answer: { data: PrintedSource } };
  'GET /event-hooks/sources/{source}/{event}': { answer: { data: z.output<typeof sourceEntrySchema> } };
  'PUT /event-hooks/sources/{source}/{event}': {
    body: AnyObject;
    answer: { data: z.output<typeof sourceEntrySchema> };
  };
  'DELETE /event-hooks/sources/{source}/{event}': { answer: undefined };

  'GET /deliveries': { query: Written<typeof deliveryPageQuerySchema>; answer: SearchPage<PrintedDelivery> };
  'GET /deliveries/{id}': { answer: PrintedDeliveryWithAttempts };
  'GET /deliveries/count': { query: Written<typeof deliveryQuerySchema>; answer: z.output<typeof deliveryCountSchema> };
  'POST /deliveries/bulk': { body: z.input<typeof bulkInputSchema>; answer: z.output<typeof bulkResultSchema> };
  'POST /deliveries/{id}/retry': { answer: PrintedDelivery };
  'POST /deliveries/{id}/cancel': { answer: PrintedDelivery };
  'GET /replays': { query: Written<typeof replayPageQuerySchema>; answer: Page<PrintedReplay> };
  'GET /replays/{id}': { answer: PrintedReplay };
  'DELETE /replays/{id}': { answer: undefined };
  'GET /stats': { query: Written<typeof statsQuerySchema>; answer: PrintedStats };
  'GET /stats/hooks': { query: Written<typeof hookStatsQuerySchema>; answer: PrintedHookStats };
  'GET /system': { answer: PrintedSystem };
  'GET /system/capacity': { answer: PrintedCapacity };

  'GET /inbound': { query: Written<typeof inboundPageQuerySchema>; answer: Page<PrintedInbound> };
  'POST /inbound': { body: z.input<typeof inboundInputSchema>; answer: PrintedInbound };
  'GET /inbound/{name}': { answer: PrintedInbound };
  'PUT /inbound/{name}': { body: z.input<typeof inboundPatchSchema>; answer: PrintedInbound };
  'PATCH /inbound/{name}': { body: z.input<typeof inboundPatchSchema>; answer: PrintedInbound };
  'DELETE /inbound/{name}': { answer: undefined };
  'GET /inbound/{name}/rejections': { answer: { data: PrintedRejection[] } };

  'GET /workspaces': { query: Written<typeof pageQuerySchema>; answer: Page<PrintedWorkspace> };
  'POST /workspaces': { body: z.input<typeof workspaceInputSchema>; answer: PrintedWorkspace };
  'GET /workspaces/{name}': { answer: PrintedWorkspace };
  'PATCH /workspaces/{name}': { body: z.input<typeof workspacePatchSchema>; answer: PrintedWorkspace };
  'DELETE /workspaces/{name}': { answer: undefined };
  'GET /tokens': { query: Written<typeof pageQuerySchema>; answer: Page<PrintedToken> };
  'POST /tokens': { body: z.input<typeof tokenInputSchema>; answer: PrintedNewToken };
  'PATCH /tokens/{id}': { body: z.input<typeof tokenPatchSchema>; answer: PrintedToken };
  'DELETE /tokens/{id}': { answer: undefined };
  'GET /audit': { query: Written<typeof auditPageQuerySchema>; answer: Page<PrintedAuditEntry> };
}

/** The answer of a route in the table; `unknown` for any other. */
export type AnswerOf<
  Method extends string,
  Path extends string,
> = `${Uppercase<Method>} ${Path}` extends infer Endpoint extends keyof Endpoints
  ? Endpoints[Endpoint]['answer']
  : unknown;
