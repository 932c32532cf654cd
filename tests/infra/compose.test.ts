import { readFile } from 'node:fs/promises';
import { settingNames } from '@eventhooks/config';
import { parse } from 'yaml';
import { z } from 'zod';

const root = new URL('../../', import.meta.url);
const text = await readFile(new URL('docker-compose.yml', root), 'utf8');
const example = await readFile(new URL('.env.example', root), 'utf8');

const service = z.object({
  image: z.string(),
  build: z.unknown().optional(),
  container_name: z.string().optional(),
  ports: z.array(z.string()).default([]),
  read_only: z.boolean().default(false),
  profiles: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string().nullable()).default({}),
});
const compose = z.object({ services: z.record(z.string(), service) }).parse(parse(text, { merge: true }));
const ours = ['secrets', 'migrate', 'admin', 'worker'];

/** Variables that Compose takes from .env or the shell: `${NAME:-default}`, and names in `environment` without a value. */
function namesTaken(): Set<string> {
  const interpolated = [...text.matchAll(/\$\{([A-Z_]+)/g)].flatMap((match) => match[1] ?? []);
  const passedOn = Object.values(compose.services).flatMap(({ environment }) =>
    Object.entries(environment).flatMap(([name, value]) => (value === null ? [name] : [])),
  );
  return new Set([...interpolated, ...passedOn]);
}

test('every setting reaches our processes: given by docker-compose.yml or passed on from .env', () => {
  // Without a meaning in containers: the embedded database, and files for what Compose composes itself.
  const left = [
    ...['EVENTHOOKS_DATA_DIR', 'DATABASE_URL_FILE', 'REDIS_URL_FILE'],
    ...['DATABASE_DIRECT_URL', 'DATABASE_DIRECT_URL_FILE', 'DATABASE_PASSWORD_FILE'],
    ...['DATABASE_REPLICA_URL', 'DATABASE_REPLICA_URL_FILE', 'EVENTHOOKS_REPLICA_LAG'],
  ];
  const wanted = settingNames.filter((name) => !left.includes(name));
  for (const name of ours) {
    const given = Object.keys(compose.services[name]?.environment ?? {});
    expect({ name, missing: wanted.filter((variable) => !given.includes(variable)) }).toEqual({ name, missing: [] });
  }
});

test('.env.example names what docker-compose.yml takes, and nothing else', () => {
  const named = [...example.matchAll(/^#?([A-Z_]+)=/gm)].flatMap((match) => match[1] ?? []);
  expect(named.sort()).toEqual([...namesTaken()].sort());
});

test('ports are published on loopback only, and the worker has neither a port nor a name of its own', () => {
  const ports = Object.values(compose.services).flatMap((one) => one.ports);
  expect(ports.length).toBeGreaterThan(0);
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  expect(compose.services.worker).toMatchObject({ ports: [] });
  expect(Object.values(compose.services).filter((one) => one.container_name !== undefined)).toEqual([]);
});

test('our processes run one image, built once, on a read-only root file system', () => {
  const built = ours.filter((name) => compose.services[name]?.build !== undefined);
  expect(built).toEqual(['secrets']);
  expect(new Set(ours.map((name) => compose.services[name]?.image)).size).toBe(1);
  expect(ours.filter((name) => !compose.services[name]?.read_only)).toEqual([]);
});

test('Prometheus and Grafana start with the profile observability only', () => {
  const profiled = Object.entries(compose.services).filter(([, one]) => one.profiles.includes('observability'));
  expect(profiled.map(([name]) => name).sort()).toEqual(['grafana', 'prometheus']);
});
