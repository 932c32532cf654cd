import { stringifyExact } from '@eventhooks/contract';
import type { Express, NextFunction, Request, Response } from 'express';
import type { z } from 'zod';
import type { AdminContext } from '../context.ts';
import { apiError } from './api-error.ts';
import { authorize } from './authorize.ts';
import type { Call } from './call.ts';
import { gatherBody } from './gather-body.ts';
import { BODY_LIMIT_BYTES, type RequestBody, readBody } from './read-body.ts';
import type { Operation } from './roles.ts';

export type Reply =
  | {
      status: number;
      /** Absent: no content. */
      body?: unknown;
    }
  /** Writes the answer itself, for as long as it takes. */
  | { stream: (response: Response) => void };

export interface BodyDocument {
  schema: z.core.$ZodType;
  examples?: Record<string, unknown>;
}

/** What /openapi.json says of a route beside its path and roles. */
export interface RouteDocument {
  summary: string;
  description?: string;
  tag: 'Event hooks' | 'Sources' | 'Events' | 'Deliveries' | 'Workspaces' | 'Tokens' | 'Audit' | 'System';
  query?: z.ZodObject;
  request?: BodyDocument;
  /** Successful answers by status. */
  responses: Record<
    number,
    { description: string; mediaType?: 'text/event-stream' | 'application/x-ndjson' } & Partial<BodyDocument>
  >;
  /** Statuses of errors beyond those every route knows (401, 403, 404, 405, 429, 500, 503). */
  errors?: readonly (400 | 406 | 409 | 413 | 415 | 502)[];
}

export interface Route {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As OpenAPI writes it: `/event-hooks/{id}`. */
  path: string;
  operation: Operation;
  document: RouteDocument;
  /** Takes the body as bytes, of any type, up to this many. Otherwise it is parsed, up to 1 MiB. */
  rawBodyBytes?: number;
  handle(call: Call): Promise<Reply>;
}

/** Mounts routes; a known path refuses other methods with 405 and their list. */
export function mountRoutes(app: Express, context: AdminContext, routes: readonly Route[]): void {
  for (const [path, ofPath] of Map.groupBy(routes, (route) => route.path.replaceAll(/\{(\w+)\}/g, ':$1'))) {
    for (const route of ofPath) {
      app[route.method](path, (request, response, next) => answer(context, route, request, response, next));
    }
    app.all(path, refuseMethod(ofPath.map(({ method }) => method)));
  }
}

/** Answers every other method on a path. */
export function refuseMethod(methods: readonly string[]) {
  const allowed = [
    'OPTIONS',
    ...methods.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])),
  ];
  const allow = allowed.sort().join(', ');
  return (request: Request, response: Response): void => {
    if (request.method === 'OPTIONS') response.set('Allow', allow).status(204).end();
    else throw apiError('method_not_allowed', undefined, { Allow: allow });
  };
}

async function answer(
  context: AdminContext,
  route: Route,
  request: Request,
  response: Response,
  next: NextFunction,
): Promise<void> {
  try {
    const call = await authorize(context, request, route.operation);
    response.locals.actor = call.actor.name;
    const reply = await route.handle({ ...call, body: await readBodyOf(route, call) });
    if ('stream' in reply) reply.stream(response);
    else if (reply.body === undefined) response.status(reply.status).end();
    else response.status(reply.status).type('json').send(stringifyExact(reply.body));
  } catch (error) {
    next(error);
  }
}

/** The body as its route takes it. */
async function readBodyOf(
  { method, rawBodyBytes }: Route,
  { request, actor, address, context }: Omit<Call, 'body'>,
): Promise<RequestBody> {
  if (method === 'get' || method === 'delete') return { kind: 'none' };
  const bytes = await gatherBody(request, {
    limitBytes: rawBodyBytes ?? BODY_LIMIT_BYTES,
    owner: actor.name === 'anonymous' ? address : actor.name,
    budget: context.bodyBudget,
    ...(context.uploadDeadlineMs !== undefined && { deadlineMs: context.uploadDeadlineMs }),
  });
  return rawBodyBytes === undefined ? readBody(request, bytes) : { kind: 'raw', bytes };
}
