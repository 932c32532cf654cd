import { createHash, timingSafeEqual } from 'node:crypto';
import { ROLES, type Role } from '@eventhooks/contract';
import { type ChangeListener, type Database, touchToken } from '@eventhooks/database';
import type { Request } from 'express';
import { type ApiError, apiError } from '../http/api-error.ts';
import { quotaOf } from '../quotas/named-quota.ts';
import type { Actor } from './actor.ts';
import { createFailedAttempts } from './failed-attempts.ts';
import { readToken } from './read-token.ts';
import { createTokenLookup } from './token-lookup.ts';

export interface Authenticator {
  /**
   * Identifies the caller of a request. A right token always works, however many wrong ones came from its address: many callers
   * may share a proxy. @throws {ApiError} 401 without a valid token; 429 when its address has shown too many wrong ones.
   */
  authenticate(request: Request): Promise<Actor>;
  /** Forgets all known tokens, so that this process no longer accepts a deleted one. */
  forget(): void;
  close(): void;
}

interface KnownToken {
  id: string;
  hash: Buffer;
  actor: Actor;
  expiresAtMs: number;
  touchedAtMs: number;
}

export interface AuthenticatorOptions {
  database: Database;
  listener: ChangeListener;
  /** The first admin token. Null lets in every caller without a token. */
  adminToken: string | null;
  onError: (error: Error) => void;
}

/** Above this number of known tokens, all are forgotten and looked up again. */
const maxKnown = 10_000;
const touchIntervalMs = 60_000;

const ANONYMOUS: Actor = { name: 'anonymous', role: 'admin', workspace: null, quota: null };
const BOOTSTRAP: Actor = { name: 'bootstrap', role: 'admin', workspace: null, quota: null };

/** Knows tokens by their SHA-256 only. A token that was seen stays in memory until any token changes. */
export function createAuthenticator({ database, listener, adminToken, onError }: AuthenticatorOptions): Authenticator {
  const known = new Map<string, KnownToken>();
  const failures = createFailedAttempts();
  const findToken = createTokenLookup(database);
  const bootstrapHash = adminToken === null ? null : hashToken(adminToken);
  let generation = 0;
  const forget = (): void => {
    generation += 1;
    known.clear();
  };
  const unsubscribe = listener.subscribe(({ kind }) => {
    if (kind === 'token' || kind === 'workspace' || kind === 'missed') forget();
  });

  const lookUp = async (hash: Buffer): Promise<KnownToken | null> => {
    const seen = generation;
    const row = await findToken(hash);
    if (row === null || !isRole(row.role) || !timingSafeEqual(row.hash, hash)) return null;
    const token: KnownToken = {
      id: row.id,
      hash,
      actor: {
        name: row.name === null ? row.id : `${row.name} (${row.id})`,
        role: row.role,
        workspace: row.workspace,
        quota: quotaOf('token', row),
      },
      expiresAtMs: row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
      touchedAtMs: row.last_used_at?.getTime() ?? 0,
    };
    if (known.size >= maxKnown) known.clear();
    // When something changed during the look-up, the row may be stale: it is used once and not kept.
    if (seen === generation) known.set(hash.toString('base64'), token);
    return token;
  };

  const touch = (token: KnownToken): void => {
    const now = Date.now();
    if (now - token.touchedAtMs < touchIntervalMs) return;
    token.touchedAtMs = now;
    touchToken(database.kysely, token.id).catch(onError);
  };

  const identifyStored = async (hash: Buffer): Promise<Actor | null> => {
    const token = known.get(hash.toString('base64')) ?? (await lookUp(hash));
    if (token === null || token.expiresAtMs <= Date.now()) return null;
    touch(token);
    return token.actor;
  };

  return {
    async authenticate(request) {
      const secret = readToken(request);
      if (secret === null && adminToken === null) return ANONYMOUS;
      if (secret === null) throw unauthorized();
      const hash = hashToken(secret);
      if (bootstrapHash !== null && timingSafeEqual(hash, bootstrapHash)) return BOOTSTRAP;
      const actor = await identifyStored(hash);
      if (actor !== null) return actor;
      const address = request.ip ?? '';
      const waitSeconds = await failures.blockedForSeconds(address);
      if (waitSeconds > 0) throw apiError('too_many_failures', undefined, { 'Retry-After': String(waitSeconds) });
      await failures.note(address);
      throw unauthorized();
    },
    forget,
    close() {
      unsubscribe();
      failures.close();
    },
  };
}

function unauthorized(): ApiError {
  return apiError('unauthorized', undefined, { 'WWW-Authenticate': 'Bearer' });
}

/** Only this hash of a token is kept. A token has 256 random bits, so a fast hash is enough. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function isRole(role: string): role is Role {
  return ROLES.some((known) => known === role);
}
