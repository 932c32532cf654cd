import {
  type InboundEndpoint,
  inboundInputSchema,
  inboundPageQuerySchema,
  inboundPatchSchema,
  inboundRejectionSchema,
  inboundSchema,
  type PrintedInbound,
  pageSchema,
} from '@eventhooks/contract';
import { findInboundEndpoint, listInboundEndpoints, listRejections } from '@eventhooks/database';
import { z } from 'zod';
import { apiError, schemaViolation } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { buildPage } from '../http/page.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { printEndpoint, removeEndpoint, saveEndpoint } from './save-endpoint.ts';

const example = { name: 'github', preset: 'github', verify: { secrets: ['a long random text'] } };
const oneEndpoint = { description: 'The endpoint.', schema: inboundSchema };

const listRoute = defineRoute({
  method: 'get',
  path: '/inbound',
  operation: 'listInbound',
  document: {
    summary: 'List inbound endpoints',
    description: 'In the order in which they were made. Viewers see secrets as null.',
    tag: 'Inbound',
    query: inboundPageQuerySchema,
    responses: { 200: { description: 'A page of endpoints.', schema: pageSchema(inboundSchema) } },
  },
  async handle(call) {
    const { context, workspace, query } = call;
    const { size, offset: after = null, tags = null } = query;
    const request = { workspace, size, after, tags };
    const rows = await listInboundEndpoints(context.database.kysely, context.keyring, request);
    return { status: 200, body: buildPage(call, rows, (endpoint) => show(call, endpoint)) };
  },
});

const createRoute = defineRoute({
  method: 'post',
  path: '/inbound',
  operation: 'createInbound',
  document: {
    summary: 'Add an inbound endpoint',
    description: 'It takes webhooks at `POST /in/{name}`. A preset fills in what is not given.',
    tag: 'Inbound',
    body: { schema: inboundInputSchema, examples: { github: example } },
    responses: { 201: oneEndpoint },
    errors: [409, 413, 415],
  },
  async handle(call) {
    const { endpoint } = await saveEndpoint(call, 'create', call.input.name, call.input);
    return { status: 201, body: show(call, endpoint) };
  },
});

const readRoute = defineRoute({
  method: 'get',
  path: '/inbound/{name}',
  operation: 'readInbound',
  document: { summary: 'Read an inbound endpoint', tag: 'Inbound', responses: { 200: oneEndpoint } },
  async handle(call) {
    return { status: 200, body: show(call, await find(call, call.params.name)) };
  },
});

const replaceRoute = defineRoute({
  method: 'put',
  path: '/inbound/{name}',
  operation: 'replaceInbound',
  document: {
    summary: 'Add or replace an inbound endpoint',
    tag: 'Inbound',
    body: { schema: inboundPatchSchema, examples: { github: { preset: 'github', verify: example.verify } } },
    responses: { 200: oneEndpoint },
    errors: [409, 413, 415],
  },
  async handle(call) {
    const { name } = call.params;
    const named = inboundInputSchema.shape.name.safeParse(name);
    if (!named.success) throw schemaViolation([{ path: ['name'], message: named.error.issues[0]?.message ?? '' }]);
    const { endpoint } = await saveEndpoint(call, 'replace', name, call.input);
    return { status: 200, body: show(call, endpoint) };
  },
});

const patchRoute = defineRoute({
  method: 'patch',
  path: '/inbound/{name}',
  operation: 'patchInbound',
  document: {
    summary: 'Change an inbound endpoint',
    description: '`verify` and `map` are merged by field.',
    tag: 'Inbound',
    body: {
      schema: inboundPatchSchema,
      examples: { rotated: { verify: { secrets: ['the new one', 'the old one'] } } },
    },
    responses: { 200: oneEndpoint },
    errors: [409, 413, 415],
  },
  async handle(call) {
    const { endpoint } = await saveEndpoint(call, 'patch', call.params.name, call.input);
    return { status: 200, body: show(call, endpoint) };
  },
});

const deleteRoute = defineRoute({
  method: 'delete',
  path: '/inbound/{name}',
  operation: 'deleteInbound',
  document: {
    summary: 'Delete an inbound endpoint',
    description: 'Sources and events that it added stay in the catalogue.',
    tag: 'Inbound',
    responses: { 204: { description: 'There is no such endpoint (any more).' } },
  },
  async handle(call) {
    await removeEndpoint(call, call.params.name);
    return { status: 204 };
  },
});

const listRejectionsRoute = defineRoute({
  method: 'get',
  path: '/inbound/{name}/rejections',
  operation: 'listRejections',
  document: {
    summary: "List an inbound endpoint's last rejections",
    description: 'The last 100, the latest first. Values of headers that may be secrets are null.',
    tag: 'Inbound',
    responses: { 200: { description: 'The rejections.', schema: z.object({ data: z.array(inboundRejectionSchema) }) } },
  },
  async handle(call) {
    const { id } = await find(call, call.params.name);
    await call.context.rejections.flush();
    const rows = await listRejections(call.context.database.kysely, id);
    const data = rows.map(({ rejected_at, ...row }) => ({ time: rejected_at.toISOString(), ...row }));
    return { status: 200, body: { data } };
  },
});

export const INBOUND_ROUTES: readonly Route[] = [
  listRoute,
  createRoute,
  readRoute,
  replaceRoute,
  patchRoute,
  deleteRoute,
  listRejectionsRoute,
];

async function find({ context, workspace }: Call, name: string): Promise<InboundEndpoint> {
  const endpoint = await findInboundEndpoint(context.database.kysely, context.keyring, { workspace, name });
  if (endpoint === null) throw apiError('not_found');
  return endpoint;
}

function show({ actor }: Call, endpoint: InboundEndpoint): PrintedInbound {
  return printEndpoint(endpoint, actor.role !== 'admin');
}
