import type { CatalogueEntry, CatalogueView } from './catalogue.ts';

/** Kong Gateway's entities (3.x, Enterprise and its bundled plugins): each is an event of `crud`. */
const KONG_ENTITIES = [
  'acls',
  'acme_storage',
  'admins',
  'application_instances',
  'applications',
  'audit_objects',
  'audit_requests',
  'basicauth_credentials',
  'ca_certificates',
  'certificates',
  'clustering_data_planes',
  'consumer_group_consumers',
  'consumer_group_plugins',
  'consumer_groups',
  'consumer_reset_secrets',
  'consumers',
  'credentials',
  'degraphql_routes',
  'developers',
  'document_objects',
  'event_hooks',
  'files',
  'filter_chains',
  'graphql_ratelimiting_advanced_cost_decoration',
  'group_rbac_roles',
  'groups',
  'header_cert_auth_credentials',
  'hmacauth_credentials',
  'jwt_secrets',
  'jwt_signer_jwks',
  'key_sets',
  'keyauth_credentials',
  'keyauth_enc_credentials',
  'keyring_keys',
  'keyring_meta',
  'keys',
  'konnect_applications',
  'legacy_files',
  'licenses',
  'login_attempts',
  'mtls_auth_credentials',
  'oauth2_authorization_codes',
  'oauth2_credentials',
  'oauth2_tokens',
  'oic_issuers',
  'oic_jwks',
  'parameters',
  'partials',
  'plugins',
  'ratelimiting_metrics',
  'rbac_role_endpoints',
  'rbac_role_entities',
  'rbac_roles',
  'rbac_user_groups',
  'rbac_user_roles',
  'rbac_users',
  'response_ratelimiting_metrics',
  'rl_counters',
  'routes',
  'services',
  'sessions',
  'snis',
  'tags',
  'targets',
  'upstreams',
  'vaults',
  'workspace_entity_counters',
  'workspaces',
] as const;

const OPERATIONS = ['create', 'update', 'delete'] as const;

const CRUD: CatalogueEntry = { fields: ['operation', 'entity', 'old_entity', 'schema'] };

const RATE_LIMIT: CatalogueEntry = {
  description: 'Run an event when a rate limit has been exceeded',
  fields: ['consumer', 'ip', 'service', 'rate', 'limit', 'window'],
  unique: ['consumer', 'ip', 'service'],
};

const OAS_VALIDATION: CatalogueEntry = {
  description: 'Run an event when oas validation has failed',
  fields: ['consumer', 'ip', 'service', 'err'],
  unique: ['consumer', 'ip', 'service'],
};

const OWN_EVENTS: Readonly<Record<string, CatalogueEntry>> = {
  'delivery-exhausted': {
    description: 'Run an event when the last attempt of a delivery has failed',
    fields: ['hook_id', 'hook_name', 'delivery_id', 'event_id', 'attempts', 'error_code'],
  },
  'hook-disabled': {
    description: 'Run an event when a hook has been disabled because its deliveries failed, or its time has come',
    fields: ['hook_id', 'hook_name', 'reason', 'since'],
    unique: ['hook_id'],
  },
  'hook-recovered': {
    description: 'Run an event when a hook whose circuit breaker was open delivers again',
    fields: ['hook_id', 'hook_name', 'failing_since'],
    unique: ['hook_id'],
  },
};

/** Kong's sources with Kong's fields, and our own `eventhooks`. */
export const BUILTIN_SOURCES: CatalogueView = new Map<string, ReadonlyMap<string, CatalogueEntry>>([
  ['ai-rate-limiting-advanced', new Map([['rate-limit-exceeded', RATE_LIMIT]])],
  ['balancer', new Map([['health', { fields: ['upstream_id', 'ip', 'port', 'hostname', 'health'] }]])],
  ['crud', new Map(KONG_ENTITIES.flatMap(listCrudEvents))],
  ['dao:crud', new Map(OPERATIONS.map((operation) => [operation, CRUD]))],
  ['eventhooks', new Map(Object.entries(OWN_EVENTS))],
  ['oas-validation', new Map([['validation-failed', OAS_VALIDATION]])],
  ['rate-limiting-advanced', new Map([['rate-limit-exceeded', RATE_LIMIT]])],
  ['service-protection', new Map([['rate-limit-exceeded', RATE_LIMIT]])],
]);

function listCrudEvents(entity: string): [string, CatalogueEntry][] {
  return [[entity, CRUD], ...OPERATIONS.map((operation): [string, CatalogueEntry] => [`${entity}:${operation}`, CRUD])];
}
