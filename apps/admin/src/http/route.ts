import { type AnswerOf, stringifyExact } from '@eventhooks/contract';
import type { Express, NextFunction, Request, Response } from 'express';
import { z } from 'zod';
import type { AdminContext } from '../context.ts';
import type { Answerable } from './answerable.ts';
import { apiError } from './api-error.ts';
import { type AuthorizedCall, authorize } from './authorize.ts';
import type { Call } from './call.ts';
import { gatherBody } from './gather-body.ts';
import { parseBody } from './parse-body.ts';
import { BODY_LIMIT_BYTES, type RequestBody, readBody } from './read-body.ts';
import { type ParamsOf, readParams } from './read-params.ts';
import { readQuery } from './read-query.ts';
import type { Operation } from './roles.ts';

type Reply =
  | {
      status: number;
      /** Absent: no content. */
      body?: unknown;
    }
  /** Writes the answer itself, for as long as it takes. */
  | { stream: (response: Response) => void };

export interface BodyDocument<Schema extends z.core.$ZodType = z.core.$ZodType> {
  schema: Schema;
  examples?: Record<string, unknown>;
}

type ResponseDocument<Schema extends z.core.$ZodType = z.core.$ZodType> = {
  description: string;
  mediaType?: 'text/event-stream' | 'application/x-ndjson';
} & Partial<BodyDocument<Schema>>;

/** A route's part of /openapi.json, beside its path and roles. */
interface RouteDocument {
  summary: string;
  description?: string;
  tag: 'Event hooks' | 'Sources' | 'Events' | 'Inbound' | 'Deliveries' | 'Workspaces' | 'Tokens' | 'Audit' | 'System';
  query?: z.ZodObject;
  /** The body, which is checked by this schema before `handle` gets it. */
  body?: BodyDocument<z.ZodType>;
  /** The body where `handle` checks it itself. */
  request?: BodyDocument;
  /** Successful answers by status. */
  responses: Record<number, ResponseDocument>;
  /** Statuses of errors beyond those that every route may answer (see openapi/build.ts). */
  errors?: readonly (406 | 409 | 413 | 415 | 502)[];
}

export interface Route {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** In OpenAPI's spelling: `/event-hooks/{id}`. */
  path: string;
  operation: Operation;
  /** A token that opens one workspace may not: it concerns all of them. */
  isForInstallation?: boolean;
  document: RouteDocument;
  /** Takes the body as bytes, of any type, up to this many. Otherwise it is parsed, up to 1 MiB. */
  rawBodyBytes?: number;
  handle(call: Call): Promise<Reply>;
}

/** The replies that the documented responses allow: a body by its schema, a stream, or no content. */
type ReplyBy<Responses> = {
  [Status in keyof Responses & number]: Responses[Status] extends { mediaType: string }
    ? { stream: (response: Response) => void }
    : Responses[Status] extends { schema: infer Schema extends z.core.$ZodType }
      ? { status: Status; body: Answerable<z.output<Schema>> }
      : { status: Status; body?: undefined };
}[keyof Responses & number];

/**
 * Ties a route's parts together when types are checked: `handle` gets the path's parameters, the query and the body as their
 * schemas read them, and returns what the schemas of its responses say, which is also what the contract's table of endpoints says.
 */
export function defineRoute<
  const Method extends Route['method'],
  const Path extends string,
  const Responses extends Record<number, ResponseDocument<z.ZodType<AnswerOf<Method, Path>>>>,
  const Answered extends ReplyBy<Responses>,
  Query extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Body extends z.ZodType = z.ZodUndefined,
>(
  route: Omit<Route, 'handle'> & {
    method: Method;
    path: Path;
    document: { query?: Query; body?: BodyDocument<Body>; responses: Responses };
    handle(call: Call<z.output<Query>, ParamsOf<Path>, z.output<Body>>): Promise<Answered>;
  },
): Route {
  return route;
}

const noQuery = z.object({});

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
  // Answers have secrets, and caches do not know our own header for tokens.
  response.set('Cache-Control', 'no-store');
  try {
    const authorized = await authorize(context, request, route);
    response.locals.actor = authorized.actor.name;
    const body = await readBodyOf(route, authorized);
    const params = readParams(route.method, request.params);
    const query = readQuery(request.url, route.document.query ?? noQuery);
    const bodySchema = route.document.body?.schema;
    const input = bodySchema === undefined ? undefined : parseBody(body, bodySchema);
    const reply = await route.handle({ ...authorized, params, query, body, input });
    if ('stream' in reply) reply.stream(response);
    else if (reply.body === undefined) response.status(reply.status).end();
    else response.status(reply.status).type('json').send(stringifyExact(reply.body));
  } catch (error) {
    next(error);
  }
}

/** Reads the body the way the route wants it. */
async function readBodyOf(
  { method, rawBodyBytes }: Route,
  { request, actor, address, context }: AuthorizedCall,
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
