import { readdir, readFile } from 'node:fs/promises';
import { createMetrics } from '@eventhooks/operations';
import { parse } from 'yaml';
import { z } from 'zod';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(z.object({ alert: z.string().optional(), record: z.string().optional(), expr: z.string() })),
    }),
  ),
});
const dashboardSchema = z.object({
  panels: z.array(
    z.object({
      type: z.string(),
      title: z.string(),
      datasource: z.object({ uid: z.string() }).optional(),
      targets: z.array(z.object({ expr: z.string() })).default([]),
    }),
  ),
});

async function readRules() {
  const files = await readdir(new URL('infra/prometheus/rules/', root));
  const parsed = await Promise.all(
    files.map(async (file) => rulesSchema.parse(parse(await read(`infra/prometheus/rules/${file}`)))),
  );
  return parsed.flatMap(({ groups }) => groups.flatMap(({ rules }) => rules));
}

/** The names in a scrape of our processes, a histogram's by its parts. */
function scraped(): string[] {
  return createMetrics()
    .registry.getMetricsAsArray()
    .flatMap(({ name, type }) =>
      String(type) === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    );
}

/** The metrics and records of ours that an expression reads. */
const namesIn = (expression: string) => expression.match(/\b(eventhooks|process|nodejs)[_:][\w:]+/g) ?? [];

const rules = await readRules();
const alerts = rules.flatMap(({ alert }) => alert ?? []);

test('rules and dashboard read only what is scraped or recorded', async () => {
  const dashboard = dashboardSchema.parse(JSON.parse(await read('infra/grafana/dashboards/eventhooks.json')));
  const expressions = [...rules, ...dashboard.panels.flatMap(({ targets }) => targets)].map(({ expr }) => expr);
  const known = [...scraped(), ...rules.flatMap(({ record }) => record ?? [])];
  const readNames = expressions.flatMap(namesIn);
  expect(readNames.length).toBeGreaterThan(20);
  expect(readNames.filter((name) => !known.includes(name))).toEqual([]);
});

test('every panel asks the data source that is provisioned', async () => {
  const dashboard = dashboardSchema.parse(JSON.parse(await read('infra/grafana/dashboards/eventhooks.json')));
  const sources = z
    .object({ datasources: z.array(z.object({ uid: z.string() })) })
    .parse(parse(await read('infra/grafana/provisioning/datasources/prometheus.yml')));
  const uids = sources.datasources.map(({ uid }) => uid);
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');
  expect(panels.filter(({ datasource }) => !uids.includes(datasource?.uid ?? ''))).toEqual([]);
});

test('every metric of ours is in the table of docs/metrics.md, and no other', async () => {
  const table = [...(await read('docs/metrics.md')).matchAll(/^\| `(eventhooks_\w+)` \|/gm)].map((match) => match[1]);
  const ours = createMetrics()
    .registry.getMetricsAsArray()
    .map(({ name }) => name)
    .filter((name) => name.startsWith('eventhooks_'));
  expect(table.sort()).toEqual(ours.sort());
});

/** The text of all programs, without their tests. */
async function readSources(): Promise<string> {
  const folders = (await Promise.all(['apps', 'packages'].map((folder) => list(folder)))).flat();
  const files = (await Promise.all(folders.map((folder) => list(`${folder}/src`, true)))).flat();
  const sources = files.filter((path) => /(?<!\.test)\.ts$/.test(path));
  return (await Promise.all(sources.map(read))).join('\n');
}

async function list(folder: string, recursive = false): Promise<string[]> {
  return (await readdir(new URL(`${folder}/`, root), { recursive })).map((name) => `${folder}/${name}`);
}

test('every metric of ours is counted or set somewhere', async () => {
  const { registry: _, ...metrics } = createMetrics();
  const filled = new Set(
    [...(await readSources()).matchAll(/\bmetrics\.(\w+)\.(?:inc|add|observe|set)\(/g)].map((match) => match[1]),
  );
  expect(Object.keys(metrics).length).toBeGreaterThan(20);
  expect(Object.keys(metrics).filter((name) => !filled.has(name))).toEqual([]);
});

test('every alert has its chapter in the runbook and its case in the tests of rules', async () => {
  const chapters = [...(await read('docs/operations.md')).matchAll(/^### (Eventhooks\w+)$/gm)].map((match) => match[1]);
  expect(chapters.sort()).toEqual([...alerts].sort());
  const cases = await read('infra/prometheus/rules.test.yml');
  const fires = [...cases.matchAll(/alertname: (Eventhooks\w+)\n +exp_alerts:/g)].map((match) => match[1]);
  expect([...new Set(fires)].sort()).toEqual([...alerts].sort());
});
