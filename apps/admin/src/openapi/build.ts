import {
  codedErrorSchema,
  failureSchema,
  messageSchema,
  receiptsSchema,
  schemaViolationSchema,
} from '@eventhooks/contract';
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { OPERATION_ROLES } from '../http/roles.ts';
import type { BodyDocument, Route } from '../http/route.ts';
import { EVENT_ROUTES, ROUTES } from '../routes/index.ts';

/** Errors that any route can answer with. */
const COMMON_ERRORS = [400, 401, 403, 404, 405, 408, 429, 500, 503] as const;

const ERROR_DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request has faults; a body that does not fit its schema is told every one of them.',
  401: 'No token, or a wrong one.',
  403: "The token's role or workspace does not permit this.",
  404: 'There is no such thing, or no such workspace.',
  405: 'The path knows other methods.',
  406: 'It is answered in another media type only.',
  409: 'In the way of something that exists.',
  408: 'The body did not come in time.',
  413: 'The body is too large.',
  415: 'The content type is not one of those listed.',
  422: 'The request was verified, and gives no event: the reason is told.',
  429: 'A rate limit, or too many wrong tokens from this address, streams, or slow schemas.',
  500: 'A fault of ours.',
  502: 'The request could not be sent, or was not answered with 2xx.',
  503: 'The database, or a worker, does not answer now.',
};

const TAGS = {
  Events: 'Publish events, and read those that are kept.',
  Inbound: 'Endpoints that take the webhooks of other senders as events.',
  Sources: 'The catalogue: the events that can be published, and those that a workspace adds.',
  'Event hooks': 'Decide which events are delivered, and how.',
  Deliveries: 'One event for one hook each, with its attempts.',
  Workspaces: 'Tenants, with hooks, events and sources of their own.',
  Tokens: 'Open the Admin API to people and programs.',
  Audit: 'Changes, and their authors.',
  System: 'The processes, the queue and the database.',
} satisfies Record<Route['document']['tag'], string>;

interface OpenApiOptions {
  /**
   * Lists forms and CloudEvents, too. The document that is served leaves them out, because generators of clients make a request
   * that mixes all types listed (openapi-python-client 0.29), or cannot name the type of the body.
   */
  withAllMediaTypes?: boolean;
}

/** OpenAPI 3.1 of every route, from the schemas that validate. Each path is listed a second time, behind a workspace. */
export function buildOpenApi({ withAllMediaTypes = false }: OpenApiOptions = {}) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of [...EVENT_ROUTES, ...ROUTES]) {
    for (const [path, isScoped] of [
      [route.path, false],
      [`/{workspace}${route.path}`, true],
    ] as const) {
      paths[path] = { ...paths[path], [route.method]: describeOperation(route, { isScoped, withAllMediaTypes }) };
    }
  }
  paths['/in/{name}'] = { post: describeInbound(false) };
  paths['/{workspace}/in/{name}'] = { post: describeInbound(true) };
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Eventhooks Admin API',
      version: '1',
      description:
        "Kong Gateway's event hooks as a service of its own. Without a workspace in front, paths act on `default`. Bodies other than events may also be forms, `application/x-www-form-urlencoded` or `multipart/form-data`: dotted names nest, repeated names are lists.",
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [{ kongAdminToken: [] }, { bearer: [] }],
    components: {
      securitySchemes: {
        kongAdminToken: { type: 'apiKey', in: 'header', name: 'Kong-Admin-Token' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
    paths,
  });
}

function describeOperation(
  route: Route,
  { isScoped, withAllMediaTypes }: { isScoped: boolean; withAllMediaTypes: boolean },
): ZodOpenApiOperationObject {
  const { document, operation } = route;
  const body = document.body ?? document.request;
  const path = isScoped ? `/{workspace}${route.path}` : route.path;
  const params = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, describeParam(name)] as const);
  const roles = OPERATION_ROLES[operation].join(', ');
  return {
    operationId: isScoped ? `${operation}InWorkspace` : operation,
    summary: document.summary,
    description: [document.description, `Roles: ${roles}.`].filter(Boolean).join('\n\n'),
    tags: [document.tag],
    requestParams: {
      ...(params.length > 0 && { path: z.object(Object.fromEntries(params)) }),
      ...(document.query && { query: document.query }),
    },
    ...(body && {
      requestBody: { required: isBodyRequired(body), content: describeBody(route, body, withAllMediaTypes) },
    }),
    responses: { ...describeResponses(document), ...describeErrors(document.errors ?? []) },
  };
}

/** Asks for no token of ours, and takes any body that the endpoint's sender signs. */
function describeInbound(isScoped: boolean): ZodOpenApiOperationObject {
  const params = { name: z.string(), ...(isScoped && { workspace: z.string() }) };
  return {
    operationId: isScoped ? 'receiveInboundInWorkspace' : 'receiveInbound',
    summary: 'Take a webhook of another sender',
    description:
      'Verified by the endpoint instead of a token. Without an event, challenges of the sender are answered with 200.',
    tags: ['Inbound' satisfies Route['document']['tag']],
    security: [],
    requestParams: { path: z.object(params) },
    requestBody: { required: false, content: { 'application/json': { schema: z.unknown() } } },
    responses: {
      202: { description: 'Committed.', content: { 'application/json': { schema: receiptsSchema } } },
      200: { description: 'All of them were published before, or the answer of a challenge.' },
      ...describeErrors([413, 415, 422]),
    },
  };
}

/** No body is read as an empty object. */
function isBodyRequired({ schema }: BodyDocument): boolean {
  return !z.safeParse(schema, {}).success;
}

function describeParam(name: string): z.ZodType {
  return name === 'id' ? z.guid() : z.string();
}

function describeBody({ rawBodyBytes }: Route, body: BodyDocument, withAllMediaTypes: boolean) {
  const { schema } = body;
  const json = { 'application/json': describeContent(body) };
  if (rawBodyBytes === undefined) {
    const forms = { 'application/x-www-form-urlencoded': { schema }, 'multipart/form-data': { schema } };
    return { ...json, ...(withAllMediaTypes && forms) };
  }
  const cloudEvent = z.record(z.string(), z.unknown());
  const cloudEvents = {
    'application/cloudevents+json': { schema: cloudEvent },
    'application/cloudevents-batch+json': { schema: z.array(cloudEvent) },
  };
  return { ...json, 'application/x-ndjson': { schema: z.string() }, ...(withAllMediaTypes && cloudEvents) };
}

function describeContent({ schema, examples }: BodyDocument) {
  const named = Object.entries(examples ?? {}).map(([name, value]) => [name, { value }] as const);
  return { schema, ...(named.length > 0 && { examples: Object.fromEntries(named) }) };
}

function describeResponses({ responses }: Route['document']): ZodOpenApiOperationObject['responses'] {
  return Object.fromEntries(
    Object.entries(responses).map(([status, { description, schema, examples, mediaType }]) => [
      status,
      {
        description,
        ...(mediaType && { content: { [mediaType]: { schema: z.string() } } }),
        ...(schema && { content: { 'application/json': describeContent({ schema, ...(examples && { examples }) }) } }),
      },
    ]),
  );
}

function describeErrors(statuses: readonly number[]): ZodOpenApiOperationObject['responses'] {
  return Object.fromEntries(
    [...statuses, ...COMMON_ERRORS].map((status) => [
      status,
      {
        description: ERROR_DESCRIPTIONS[status] ?? '',
        content: { 'application/json': { schema: errorSchema(status) } },
      },
    ]),
  );
}

function errorSchema(status: number): z.ZodType {
  if (status === 400) return z.union([schemaViolationSchema, codedErrorSchema, messageSchema]);
  if (status === 502) return failureSchema;
  if (status === 409) return z.union([codedErrorSchema, messageSchema]);
  return messageSchema;
}
