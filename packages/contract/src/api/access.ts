import { z } from 'zod';
import { rateLimitSchema } from '../rate-limit.ts';

const openDescription =
  'Whether sources and events that nobody registered are added as they are published, up to 1,000, instead of refused.';

/** A workspace's name is the first segment of its paths. */
export const WORKSPACE_NAME = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$/;
const titleDescription =
  'A label for people, shown in place of the name. It may change at any time; the name never does.';
const titleSchema = z
  .string()
  .max(100)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are refused
  .regex(/^(?=.*\S)[^\u0000-\u001f\u007f-\u009f]*$/, { error: 'expected text without control characters' });

export const workspaceInputSchema = z
  .strictObject({
    name: z.string().regex(WORKSPACE_NAME, { error: 'expected letters, digits and . _ ~ - (64 at most)' }),
    title: titleSchema.nullish().meta({ description: titleDescription }),
    comment: z.string().max(1024).nullish(),
    open: z.boolean().nullish().meta({ description: openDescription }),
    rate_limit: rateLimitSchema.optional(),
  })
  .meta({ id: 'WorkspaceInput' });
export const workspacePatchSchema = workspaceInputSchema
  .omit({ name: true })
  .meta({ id: 'WorkspacePatch', description: 'What is not given stays.' });
export const workspaceSchema = z
  .object({
    id: z.guid(),
    name: z.string(),
    title: z.string().nullable().meta({ description: titleDescription }),
    comment: z.string().nullable(),
    open: z.boolean().meta({ description: openDescription }),
    rate_limit: rateLimitSchema,
    created_at: z.int(),
  })
  .meta({ id: 'Workspace' });
export type PrintedWorkspace = z.output<typeof workspaceSchema>;

export const ROLES = ['admin', 'publisher', 'viewer'] as const;
export type Role = (typeof ROLES)[number];
export const tokenInputSchema = z
  .strictObject({
    name: z.string().min(1).max(255).nullish(),
    role: z.enum(ROLES),
    workspace: z.string().nullish().meta({ description: 'The only workspace it opens; null opens all.' }),
    expires_at: z.int().min(0).max(4_102_444_800).nullish().meta({ description: 'Epoch seconds.' }),
    rate_limit: rateLimitSchema.optional(),
  })
  .meta({ id: 'TokenInput' });
export const tokenPatchSchema = tokenInputSchema
  .pick({ name: true, rate_limit: true })
  .meta({ id: 'TokenPatch', description: 'What is not given stays.' });
export const tokenSchema = z
  .object({
    id: z.guid(),
    name: z.string().nullable(),
    role: z.enum(ROLES),
    workspace: z.string().nullable(),
    expires_at: z.int().nullable(),
    rate_limit: rateLimitSchema,
    last_used_at: z.int().nullable(),
    created_at: z.int(),
  })
  .meta({ id: 'Token' });
export type PrintedToken = z.output<typeof tokenSchema>;
export const createdTokenSchema = tokenSchema
  .extend({ token: z.string().meta({ description: 'Shown this once.' }) })
  .meta({ id: 'CreatedToken' });
export type PrintedNewToken = z.output<typeof createdTokenSchema>;

/** The answer of `/dashboard/session`: the token with which the browser is signed in. */
export interface PrintedSession {
  name: string;
  role: Role;
  /** The only workspace that the token opens; null for all. */
  workspace: string | null;
  is_token_required: boolean;
}

export const auditEntrySchema = z
  .object({
    id: z.guid(),
    workspace: z.string().nullable(),
    actor: z.string(),
    address: z.string().nullable(),
    request_id: z.string().nullable(),
    action: z.enum(['create', 'update', 'delete']),
    entity: z.enum(['deliveries', 'event_hooks', 'inbound_endpoints', 'replays', 'sources', 'tokens', 'workspaces']),
    entity_id: z.string(),
    before: z.unknown().meta({ description: 'Without secrets; null before a creation.' }),
    after: z.unknown().meta({
      description:
        'Null after a deletion. `secrets_changed` names the secrets that an update changed: `config.secret`.',
    }),
    created_at: z.int(),
  })
  .meta({ id: 'AuditEntry' });
export type PrintedAuditEntry = z.output<typeof auditEntrySchema>;
